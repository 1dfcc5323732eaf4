/**
 * Opens a data directory, or says in one sentence why it cannot be opened. Everything that can be wrong with a
 * directory is found here, before anything is written to it.
 *
 * O1. A directory that is not ours is not touched.
 * O2. Of two processes one gets the directory: it is claimed inside a transaction, which LMDB lets one process at a
 *     time do; the pid file is for people.
 * O3. The marker file says `ready` only after the data file was made: before that nothing was acknowledged, so what
 *     is there may be made again; after that a data file that is missing or cut off is corrupt.
 */
import { constants } from 'node:fs';
import { access, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock, Logger } from '@millrace/runtime';
import { seal, unseal } from '../bytes.ts';
import { makeAheadFiles, missingAheadFile } from './ahead.ts';
import { Environment, messageOf } from './environment.ts';
import { inspectDataFile } from './inspect.ts';
import { formatKey } from './keys.ts';
import { defaultLocalLimits, type LocalLimits } from './limits.ts';
import {
  describePidRecord,
  holds,
  ownPidRecord,
  type PidRecord,
  parsePidRecord,
  readPidFile,
  removePidFile,
  writePidFile,
} from './pid-file.ts';
import { freeBytes } from './space.ts';
import { LocalLogStore } from './store.ts';

/** Grows when an older Millrace could not read what this one writes. */
export const dataFormatVersion = 2;
/** Before it there were no write-ahead files. */
const aheadFormatVersion = 2;

const markerName = 'millrace-data.json';
const logFolder = 'log';
/** What may lie in a directory that is not ours yet: other parts of Millrace may come first, and some are mount points. */
const harmlessEntries: ReadonlySet<string> = new Set(['lost+found', '.DS_Store', 'resources', 'pid', markerName]);

export type OpenErrorCode =
  | 'foreign-data-directory'
  | 'in-use'
  | 'corrupt'
  | 'newer-format'
  | 'not-writable'
  | 'failed';

export type OpenLocalOutcome =
  | { readonly kind: 'opened'; readonly store: LocalLogStore }
  | {
      readonly kind: 'error';
      readonly code: OpenErrorCode;
      readonly message: string;
      /** Who has it, for `in-use`. */
      readonly holder?: PidRecord;
    };

export interface OpenLocalOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<LocalLimits>;
}

type OpenError = OpenLocalOutcome & { readonly kind: 'error' };
/** It is ours. `version`: the format that was found; 0 when there was none yet. */
interface Claim {
  readonly kind: 'claimed';
  readonly version: number;
}
type MarkerState = 'none' | 'creating' | 'ready';

/** Opens the data directory `dir`, making it when it is not there. Never rejects for what it finds there. */
export async function openLocalStore(dir: string, options: OpenLocalOptions): Promise<OpenLocalOutcome> {
  const directory = resolve(dir);
  try {
    return await openDirectory(directory, options);
  } catch (error) {
    return fromSystem(directory, error);
  }
}

async function openDirectory(directory: string, options: OpenLocalOptions): Promise<OpenLocalOutcome> {
  await mkdir(directory, { recursive: true });
  const marker = await readMarker(directory);
  if (typeof marker !== 'string') return marker;
  if (marker === 'none') {
    const foreign = (await readdir(directory)).filter((name) => !harmlessEntries.has(name));
    if (foreign.length > 0) return foreignError(directory, foreign);
  }
  const holder = readPidFile(directory);
  if (holder !== undefined && holds(directory, holder) !== undefined) return inUse(directory, holder);
  await access(directory, constants.W_OK | constants.X_OK);
  const folder = join(directory, logFolder);
  if (marker === 'ready') {
    const wrong = await checkDataFile(folder, options.limits);
    if (wrong !== undefined) return corrupt(directory, wrong);
  } else {
    await writeMarker(directory, 'creating');
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
  }
  return openEnvironment(directory, folder, marker, options);
}

async function openEnvironment(
  directory: string,
  folder: string,
  marker: MarkerState,
  options: OpenLocalOptions,
): Promise<OpenLocalOutcome> {
  let environment: Environment;
  try {
    environment = new Environment(folder, () => freeBytes(directory));
  } catch (error) {
    return lmdbError(directory, error);
  }
  let claimed: OpenError | Claim;
  try {
    claimed = claim(directory, environment, marker, options.clock);
  } catch (cause) {
    claimed = lmdbError(directory, cause);
  }
  if (claimed.kind === 'error') {
    await environment.close();
    return claimed;
  }
  const limits = { ...defaultLocalLimits, ...options.limits };
  const { clock, logger } = options;
  const release = () => {
    try {
      environment.exclusively((changes) => changes.put(formatKey(), formatValue(undefined)));
      removePidFile(directory);
    } catch (cause) {
      // A disk that takes nothing any more: the next start sees by the process that the claim is stale.
      logger.warn('data directory: not released', { directory, error: messageOf(cause) });
    }
  };
  const store = new LocalLogStore({ directory, environment, clock, logger, limits, onClose: release });
  const wrong = takeUp(folder, environment, claimed) ?? loadStore(store);
  if (wrong !== undefined) {
    release();
    await environment.close();
    return corrupt(directory, wrong);
  }
  if (marker !== 'ready' || claimed.version < aheadFormatVersion) {
    await syncDirectory(folder);
    await writeMarker(directory, 'ready');
  }
  writePidFile(directory, ownPidRecord(directory, clock.now()));
  return { kind: 'opened', store };
}

/** The write-ahead files: made when there were none yet, else taken up. Text: what is wrong with them. */
function takeUp(folder: string, environment: Environment, { version }: Claim): string | undefined {
  const missing = missingAheadFile(folder);
  if (missing !== undefined) {
    if (version >= aheadFormatVersion) return `${missing} is missing`;
    makeAheadFiles(folder);
  }
  return environment.takeUp();
}

function loadStore(store: LocalLogStore): string | undefined {
  try {
    return store.load();
  } catch (error) {
    return messageOf(error);
  }
}

/** Takes the directory for this process, unless another has it (O2). Also checks the format the data file tells. */
function claim(directory: string, environment: Environment, marker: MarkerState, clock: Clock): OpenError | Claim {
  return environment.exclusively((changes) => {
    const stored = environment.get(formatKey());
    let version = 0;
    if (stored === undefined && marker === 'ready')
      return corrupt(directory, 'the data file says nothing of its format');
    if (stored !== undefined) {
      const format = parseFormat(stored);
      if (format === undefined) return corrupt(directory, 'the format is not as it was written');
      if (format.version > dataFormatVersion) return newer(directory, format.version);
      if (format.owner !== undefined && holds(directory, format.owner) !== undefined) {
        const fromFile = readPidFile(directory);
        return inUse(directory, fromFile?.pid === format.owner.pid ? fromFile : format.owner);
      }
      version = format.version;
    }
    changes.put(formatKey(), formatValue(ownPidRecord(directory, clock.now())));
    return { kind: 'claimed', version };
  });
}

function formatValue(owner: PidRecord | undefined): Buffer {
  return seal(Buffer.from(JSON.stringify({ version: dataFormatVersion, owner })));
}

function parseFormat(
  stored: Uint8Array,
): { readonly version: number; readonly owner: PidRecord | undefined } | undefined {
  const payload = unseal(stored);
  if (payload === undefined) return undefined;
  const { version, owner } = JSON.parse(payload.toString('utf8'));
  return { version, owner: owner === undefined ? undefined : parsePidRecord(JSON.stringify(owner)) };
}

async function checkDataFile(folder: string, limits: Partial<LocalLimits> | undefined): Promise<string | undefined> {
  const path = join(folder, 'data.mdb');
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return `${path} is missing`;
  if (found.size === 0) return `${path} is empty`;
  const inspection = inspectDataFile(path, limits?.verifyPages ?? defaultLocalLimits.verifyPages);
  return inspection.kind === 'corrupt' ? `${path}: ${inspection.reason}` : undefined;
}

async function readMarker(directory: string): Promise<MarkerState | OpenError> {
  const path = join(directory, markerName);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return 'none';
  let marker: { readonly format?: unknown; readonly version?: unknown; readonly state?: unknown } | null;
  try {
    marker = JSON.parse(text);
  } catch {
    return corrupt(directory, `${path} is not JSON`);
  }
  if (marker?.format !== 'millrace-data') return corrupt(directory, `${path} does not name the format millrace-data`);
  if (typeof marker.version !== 'number') return corrupt(directory, `${path} does not give the format's version`);
  if (marker.version > dataFormatVersion) return newer(directory, marker.version);
  if (marker.state === 'ready' || marker.state === 'creating') return marker.state;
  return corrupt(directory, `${path} gives no state`);
}

/** Replaces it as a whole, flushed: what it says must not be ahead of what is there, nor behind for ever (O3). */
async function writeMarker(directory: string, state: MarkerState): Promise<void> {
  const path = join(directory, markerName);
  const marker = { format: 'millrace-data', version: dataFormatVersion, state };
  await writeFile(`${path}.new`, `${JSON.stringify(marker, null, 2)}\n`, { flush: true });
  await rename(`${path}.new`, path);
  await syncDirectory(directory);
}

/** Makes new names in a directory durable. Where a directory cannot be flushed, the file system does it by itself. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (process.platform !== 'win32') throw cause;
  }
}

function error(code: OpenErrorCode, message: string): OpenError {
  return { kind: 'error', code, message };
}

function foreignError(directory: string, found: readonly string[]): OpenError {
  const some = found.slice(0, 3).join(', ') + (found.length > 3 ? ', …' : '');
  const message = `${directory} is not a data directory of Millrace and is not empty (it holds ${some}): name an empty or a new one`;
  return error('foreign-data-directory', message);
}

function inUse(directory: string, holder: PidRecord): OpenError {
  const message = `${directory} is in use by ${describePidRecord(holder)}: stop it, or name another data directory`;
  return { ...error('in-use', message), holder };
}

function corrupt(directory: string, reason: string): OpenError {
  const message = `the data in ${directory} is corrupt (${reason}): bring it back from a copy, or move it away and start anew`;
  return error('corrupt', message);
}

function newer(directory: string, version: number): OpenError {
  const message = `the data in ${directory} has format ${version}, this Millrace reads up to ${dataFormatVersion}: use a newer Millrace, or another data directory`;
  return error('newer-format', message);
}

function lmdbError(directory: string, cause: unknown): OpenError {
  const message = messageOf(cause);
  if (/MDB_INVALID|MDB_CORRUPTED|MDB_PAGE|MDB_VERSION|not an LMDB/i.test(message)) return corrupt(directory, message);
  return fromSystem(directory, cause);
}

function fromSystem(directory: string, cause: unknown): OpenError {
  const message = messageOf(cause);
  if (/EACCES|EPERM|EROFS|permission denied|read-only/i.test(message)) {
    return error(
      'not-writable',
      `${directory} cannot be written (${message}): give this user the right to, or name another`,
    );
  }
  if (/ENOTDIR|EEXIST/.test(message))
    return error('foreign-data-directory', `${directory} is not a directory: name one`);
  return error('failed', `${directory} cannot be opened: ${message}`);
}

/**
 * Objects in an LMDB environment inside the data directory: one file, `DATA_DIR/resources/data.mdb`.
 *
 * LMDB keeps no checksums, and reading a damaged file through a memory map can end the process. So the file's head is
 * checked before it is opened, and every object is stored with a checksum of its own.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Resource } from '@millrace/api';
import { open, type RootDatabase } from 'lmdb';
import type { PersistedWrite, Persistence } from './persistence.ts';

/** Grows when the layout changes in a way that an older version could not read. */
const formatVersion = 1;
const formatName = 'millrace-resources';
/** LMDB reserves this much address space, not disk. 100,000 objects of 10 KiB fit. */
const mapBytes = 2 ** 30;

export type OpenFailureCode = 'corrupt' | 'foreign' | 'newer' | 'io';

export type OpenedPersistence =
  | { readonly kind: 'opened'; readonly persistence: Persistence }
  | { readonly kind: 'failed'; readonly code: OpenFailureCode; readonly message: string };

class OpenFailure extends Error {
  readonly code: OpenFailureCode;

  constructor(code: OpenFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Opens `directory`, making it when it is not there. Never throws for what is in the directory. */
export async function openLmdbPersistence(directory: string): Promise<OpenedPersistence> {
  let database: Database | undefined;
  const openFile = () =>
    open<Buffer, string>({
      path: directory,
      // A name with a dot in it would otherwise be taken for that of a file.
      noSubdir: false,
      encoding: 'binary',
      cache: false,
      maxDbs: 1,
      mapSize: mapBytes,
      // A commit is on the disk when it resolves: with overlapping syncs it would only be visible.
      overlappingSync: false,
    });
  try {
    mkdirSync(directory, { recursive: true });
    const isNew = checkDirectory(directory);
    database = openFile();
    const loaded = await loadDatabase(database, directory, isNew);
    // What was read stays mapped and counts as resident memory, and it is not read again: the file is mapped anew.
    await database.close();
    database = openFile();
    return { kind: 'opened', persistence: persistenceOf(database, directory, loaded) };
  } catch (error) {
    await database?.close().catch(() => {
      // It could not be opened in the first place; that is what is reported.
    });
    return { kind: 'failed', ...describe(error, directory) };
  }
}

type Database = RootDatabase<Buffer, string>;

/** Keys of the one map: what the store knows of itself, objects by their key, notes by their name. */
const formatKey = 'meta|format';
const versionKey = 'meta|version';
const objectPrefix = 'object|';
const notePrefix = 'note|';
/** Sorts after every key with the prefix: the next character after the bar. */
const after = (prefix: string) => `${prefix.slice(0, -1)}}`;

interface Loaded {
  readonly version: number;
  readonly objects: Resource[];
  /** Each until it is asked for the first time, which is soon. */
  readonly notes: Map<string, unknown>;
}

async function loadDatabase(database: Database, directory: string, isNew: boolean): Promise<Loaded> {
  if (isNew) await database.put(formatKey, seal({ name: formatName, version: formatVersion }));
  checkFormat(database.get(formatKey), directory);
  const read = (prefix: string) => database.getRange({ start: prefix, end: after(prefix) });
  // Damage is found now. A note is not kept in memory beside what its owner makes of it.
  const notes = new Map<string, unknown>();
  for (const { key, value } of read(notePrefix)) notes.set(key.slice(notePrefix.length), unseal(value, key, directory));
  const objects: Resource[] = [];
  for (const { key, value } of read(objectPrefix)) objects.push(unseal(value, key, directory) as Resource);
  const stored = database.get(versionKey);
  return { objects, notes, version: stored === undefined ? 0 : Number(unseal(stored, versionKey, directory)) };
}

function persistenceOf(database: Database, directory: string, { version, objects, notes }: Loaded): Persistence {
  return {
    load: () => ({ version, objects: objects.splice(0) }),
    write: async (write: PersistedWrite) => {
      // What is put in one turn of the event loop is one transaction (lmdb's `eventTurnBatching`): P1.
      for (const { key, object } of write.put) handled(database.put(objectPrefix + key, seal(object)));
      for (const key of write.remove) handled(database.remove(objectPrefix + key));
      await database.put(versionKey, seal(write.version));
    },
    notes: {
      get: (name) => {
        const loaded = notes.get(name);
        if (notes.delete(name)) return loaded;
        const stored = database.get(notePrefix + name);
        return stored && unseal(stored, notePrefix + name, directory);
      },
      put: async (name, value) => {
        notes.delete(name);
        await database.put(notePrefix + name, seal(value));
      },
    },
    close: () => database.close(),
  };
}

/** The promises of one transaction fail together; the last one is awaited. */
function handled(promise: Promise<boolean>): void {
  promise.catch(() => {
    // Reported by the write that awaits the same transaction.
  });
}

function checkFormat(stored: Buffer | undefined, directory: string): void {
  const format = stored === undefined ? undefined : unseal(stored, 'format', directory);
  const { name, version } = (format ?? {}) as { name?: unknown; version?: unknown };
  if (name !== formatName || typeof version !== 'number') {
    throw new OpenFailure('foreign', `${directory} holds a database that is not of Millrace: give another --data-dir`);
  }
  if (version > formatVersion) {
    throw new OpenFailure(
      'newer',
      `${directory} was written by a newer Millrace (format ${version}, this one knows ${formatVersion}): upgrade, or give another --data-dir`,
    );
  }
}

/** A value with its checksum in front: 4 bytes of CRC-32, then JSON. */
function seal(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  const sealed = Buffer.allocUnsafe(4 + text.byteLength);
  sealed.writeUInt32BE(crc32(text), 0);
  text.copy(sealed, 4);
  return sealed;
}

function unseal(sealed: Buffer, what: string, directory: string): unknown {
  const text = sealed.subarray(4);
  if (sealed.byteLength < 4 || sealed.readUInt32BE(0) !== crc32(text)) {
    throw new OpenFailure(
      'corrupt',
      `${directory} is damaged: the record "${what}" does not match its checksum: ${remedy}`,
    );
  }
  return JSON.parse(text.toString());
}

const remedy = 'restore it from a copy, or move the directory away to begin anew from your manifests';

/** True when the directory is empty. Throws for one that is of somebody else or damaged. */
function checkDirectory(directory: string): boolean {
  const file = join(directory, 'data.mdb');
  if (!existsSync(file)) {
    const others = readdirSync(directory).filter((name) => name !== 'lock.mdb');
    if (others.length === 0) return true;
    throw new OpenFailure(
      'foreign',
      `${directory} holds files that are not of Millrace (${others.slice(0, 3).join(', ')}): give another --data-dir`,
    );
  }
  if (!statSync(file).isFile()) throw new OpenFailure('foreign', `${file} is not a file`);
  checkHead(file, directory);
  return statSync(file).size === 0;
}

/** Where the magic number stands in an LMDB meta page: after a page header of 16 or, in later versions, 24 bytes. */
const magicOffsets = [16, 24];
const magic = 0xbeefc0de;
/** Two meta pages of the smallest page there is. */
const fileBytesMin = 2 * 4096;

function checkHead(file: string, directory: string): void {
  const head = Buffer.alloc(32);
  const size = statSync(file).size;
  if (size === 0) return;
  const handle = openSync(file, 'r');
  try {
    readSync(handle, head, 0, head.byteLength, 0);
  } finally {
    closeSync(handle);
  }
  if (!magicOffsets.some((offset) => head.readUInt32LE(offset) === magic)) {
    throw new OpenFailure('corrupt', `${file} is not a database, or its head is damaged: ${remedy}`);
  }
  if (size < fileBytesMin) {
    throw new OpenFailure('corrupt', `${file} in ${directory} is cut off after ${size} bytes: ${remedy}`);
  }
}

function describe(error: unknown, directory: string): { code: OpenFailureCode; message: string } {
  if (error instanceof OpenFailure) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (/MDB_(INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND)|not an LMDB|page not found/i.test(message)) {
    return { code: 'corrupt', message: `${directory} is damaged (${message}): ${remedy}` };
  }
  return { code: 'io', message: `${directory} cannot be opened: ${message}` };
}

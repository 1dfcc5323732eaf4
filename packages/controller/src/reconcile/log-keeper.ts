/**
 * Topics and streams as reconcilers deal with them: made and checked before an object is ready, removed before it is gone.
 *
 * K1. What was found ready is not asked of a server again for a while: an object is reconciled several times for one change.
 * K2. Nothing is removed while the data plane still serves it: a client that asks for a topic may bring it back.
 * K3. A deletion never waits for a server for ever: after a while the object goes, and what stays behind is told.
 */
import type {
  ConfigReading,
  KindDefinition,
  LogAdmin,
  LogAdminOutcome,
  LogBacking,
  Resource,
  Status,
} from '@millrace/api';
import type { Clock, Logger } from '@millrace/runtime';
import { jsonEqual } from '../store/json.ts';
import { isStoreError } from '../store/store-error.ts';
import type { ReconcileContext } from './reconciler.ts';

/** K1: as long as somebody who took a topic away by hand may wait until it is noticed. */
const freshMs = 60_000;
/** Before a server that did not answer is asked again. */
const unreachableAgainMs = 2_000;
/** Before a server that refused is asked again: a person has to do something in between. */
const refusedAgainMs = 15_000;
/** Before the data plane is looked at again (K2). */
const servedAgainMs = 100;
/** K3: longer than a server needs to come back from a restart, shorter than a person waits for a deletion. */
const removalGraceMs = 30_000;

/** Logs remembered by K1: more than are reconciled at a time. With more, some are asked for once too often. */
const knownMax = 10_000;

interface Known {
  readonly backing: LogBacking;
  readonly outcome: Extract<LogAdminOutcome, { readonly kind: 'ready' }>;
  readonly atMs: number;
}

const nothingToDo: LogAdminOutcome = { kind: 'ready', made: false, warnings: [] };

/** Whether a log is on a server, where it has to be made or looked for. */
function isOnServer(backing: LogBacking | undefined): backing is Extract<LogBacking, { readonly owned: boolean }> {
  return backing?.kind === 'kafka' || backing?.kind === 'jetstream';
}

/** Whether a log goes with its object. */
export function goesWithObject(backing: LogBacking | undefined): boolean {
  return isOnServer(backing) && backing.owned;
}

/**
 * Whether a log is there to be served: one that we make is not before a server said once that it is. `mark`: the annotation
 * of the status that says so.
 */
export function isThere(
  backing: ConfigReading<LogBacking | undefined>,
  outcome: LogAdminOutcome | undefined,
  status: Status | undefined,
  mark: string,
): boolean {
  if (backing.kind === 'error') return false;
  if (!goesWithObject(backing.value) || outcome === undefined || outcome.kind === 'ready') return true;
  return Object.hasOwn(status?.annotations ?? {}, mark);
}

/** What a log is called on its server, for messages. */
function nameOfLog(backing: LogBacking): string {
  if (backing.kind === 'kafka') return `topic ${backing.topic}`;
  return backing.kind === 'jetstream' ? `stream ${backing.stream}` : 'log';
}

export interface LogKeeperOptions {
  /** Absent: logs on servers are taken to be there. */
  readonly admin?: LogAdmin | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class LogKeeper {
  readonly #options: LogKeeperOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: LogKeeperOptions) {
    this.#options = options;
  }

  /** Makes and checks the log of the object with this UID (of one of its logs, where it has more). Never rejects. */
  async ensure(uid: string, backing: LogBacking | undefined): Promise<LogAdminOutcome> {
    const { admin, clock } = this.#options;
    if (admin === undefined || !isOnServer(backing)) return nothingToDo;
    const known = this.#known.get(uid);
    const isFresh = known !== undefined && clock.monotonic() - known.atMs < freshMs;
    if (isFresh && jsonEqual(known.backing, backing)) return known.outcome; // K1
    const outcome = await admin.ensure(backing);
    if (this.#known.size >= knownMax) this.#known.clear();
    if (outcome.kind === 'ready') this.#known.set(uid, { backing, outcome, atMs: clock.monotonic() });
    else this.#known.delete(uid);
    return outcome;
  }

  async remove(uid: string, backing: LogBacking): Promise<LogAdminOutcome> {
    this.#known.delete(uid);
    return (await this.#options.admin?.remove(backing)) ?? nothingToDo;
  }

  /** K3: tells of a log that stays behind. */
  leave(object: Resource, what: string, why: string): void {
    const { namespace = '', name } = object.metadata;
    this.#options.logger.warn('an object was deleted, and its log stays on the server; remove it there', {
      object: `${object.kind} ${namespace}/${name}`,
      log: what,
      why,
    });
  }
}

/** `<plural>.<group>`: what Knative's controllers call theirs. */
export function finalizerOf({ plural, group }: KindDefinition): string {
  return `${plural}.${group}`;
}

/** The object with a finalizer, stored. */
export async function withFinalizer<T extends Resource>(
  object: T,
  finalizer: string,
  { store, accept }: ReconcileContext,
): Promise<T> {
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes(finalizer)) return object;
  const stored = await store.update({
    ...object,
    metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] },
  });
  accept(stored);
  return stored as T;
}

/** Takes a finalizer off; what then has none goes. */
export async function withoutFinalizer(
  object: Resource,
  finalizer: string,
  { store, accept }: ReconcileContext,
): Promise<void> {
  const { finalizers = [] } = object.metadata;
  if (!finalizers.includes(finalizer)) return;
  const kept = finalizers.filter((each) => each !== finalizer);
  try {
    accept(await store.update({ ...object, metadata: { ...object.metadata, finalizers: kept } }));
  } catch (error) {
    if (!isStoreError(error, 'not-found')) throw error;
  }
}

/** Asks a server and, when it is not ready, has the object looked at again. */
export async function ensureLog(
  uid: string,
  backing: LogBacking | undefined,
  context: ReconcileContext,
): Promise<LogAdminOutcome> {
  const outcome = await context.logs.ensure(uid, backing);
  if (outcome.kind === 'unreachable') context.lookAgain(unreachableAgainMs);
  if (outcome.kind === 'refused') context.lookAgain(refusedAgainMs);
  return outcome;
}

/** What is to be removed with an object: its log, none, or one of which it cannot be said any more how to reach it. */
export type Removal =
  | { readonly kind: 'log'; readonly backing: LogBacking }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly what: string; readonly why: string };

/**
 * Removes the log of an object that is marked for deletion, and lets the object go: at once when there is nothing to remove,
 * when the data plane has let go of it (K2) and the server has removed it, or when the server had its time (K3).
 */
export async function removeLog(
  object: Resource,
  finalizer: string,
  removal: Removal,
  context: ReconcileContext,
): Promise<void> {
  const { uid = '', finalizers = [], deletionTimestamp = '' } = object.metadata;
  if (!finalizers.includes(finalizer)) return;
  if (removal.kind === 'unknown') context.logs.leave(object, removal.what, removal.why);
  if (removal.kind === 'log') {
    const { backing } = removal;
    if (context.tableInForce().logs.some((log) => log.uid === uid)) return context.lookAgain(servedAgainMs); // K2
    const outcome = await context.logs.remove(uid, backing);
    const isLate = !(context.nowMs - Date.parse(deletionTimestamp) < removalGraceMs);
    if (outcome.kind === 'unreachable' && !isLate) return context.lookAgain(unreachableAgainMs);
    if (outcome.kind !== 'ready') context.logs.leave(object, nameOfLog(backing), outcome.message); // K3
  }
  await withoutFinalizer(object, finalizer, context);
}

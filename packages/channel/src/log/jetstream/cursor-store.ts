/**
 * Cursors in a key-value bucket: the head of a log, and one key for each cursor.
 *
 * C1. Commits are made one after the other; those that wait are merged, the last state of a cursor counts.
 * C2. Each commit writes the head, after the head before, or is refused by the server: one that was held up in the network,
 *     or comes from a process that has lost its lease, changes nothing. Nothing is ever overtaken.
 * C3. The head holds the shared reader's position and the states that changed lately; what it says of a cursor counts more
 *     than the cursor's own key. A commit is one write of the head, and so atomic. When the head has grown, its states go to
 *     keys of their own in one batch with an empty head (server 2.12), or before the head is emptied.
 */
import type { Clock, NatsAnswer, NatsBucket, NatsWrite } from '@millrace/runtime';
import { natsCodes } from '@millrace/runtime';
import type { CommitOutcome, CursorCommit, CursorState, Offset, StoredCursors } from '../log.ts';
import { encode, parse } from './json.ts';
import type { JetStreamLimits } from './limits.ts';
import { cursorInKey, type LogKeys } from './names.ts';

export interface CursorStorePorts {
  readonly bucket: NatsBucket;
  readonly keys: LogKeys;
  readonly clock: Clock;
  readonly limits: JetStreamLimits;
  /** This process. */
  readonly owner: string;
  /** Whether the log is shared, and another process's fence means that this one is out. */
  shared(): boolean;
  /** Another process writes the log's cursors now. */
  fenced(): void;
}

interface Head {
  readonly owner: string;
  readonly commit: number;
  readonly readUpTo?: Offset;
  /** Null: removed, whatever the cursor's own key says. */
  readonly cursors: Readonly<Record<string, StoredState | null>>;
}

class Change {
  /** Whose it is: it is not made when the log was lost and claimed again meanwhile. */
  readonly owner: string;
  readonly cursors = new Map<string, CursorState | undefined>();
  readUpTo: Offset | undefined;

  constructor(owner: string) {
    this.owner = owner;
  }

  add(change: CursorCommit): void {
    for (const name of change.remove) this.cursors.set(name, undefined);
    for (const state of change.put) this.cursors.set(state.name, { ...state, pending: state.pending.slice() });
    for (const { offset } of change.readUpTo) this.readUpTo = offset;
  }
}

type Waiter = (outcome: CommitOutcome) => void;

export class CursorStore {
  readonly #ports: CursorStorePorts;
  /** What is stored, as far as this process knows. */
  readonly states = new Map<string, CursorState>();
  readUpTo: Offset | undefined;
  loaded = false;
  /** This process, and which of its claims: what it began before it lost the log is another one's. */
  #me: string;
  #claims = 0;
  #head: Head;
  #sequence = 0;
  #commits = 0;
  #waiting: { readonly change: Change; readonly waiters: Waiter[] } | undefined;
  #underWay: Change | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(ports: CursorStorePorts) {
    this.#ports = ports;
    this.#me = ports.owner;
    this.#head = { owner: this.#me, commit: 0, cursors: {} };
  }

  /** Every state that retention must respect: what is stored, and what is on its way. */
  *holding(): Iterable<CursorState> {
    yield* this.states.values();
    for (const change of [this.#underWay, this.#waiting?.change]) {
      for (const state of change?.cursors.values() ?? []) if (state) yield state;
    }
  }

  /** Rejects when the server cannot be asked. */
  load(): Promise<StoredCursors> {
    return this.#inTurn(() => this.#load());
  }

  async #load(): Promise<StoredCursors> {
    const { bucket, keys } = this.#ports;
    const read = await bucket.values(keys.all);
    if (read.kind !== 'ok') throw new Error(`cursors cannot be loaded: ${read.reason}`);
    // A replica that is behind does not know what is stored yet.
    if (read.value.sequence < this.#sequence) throw new Error('cursors cannot be loaded: the replica asked is behind');
    this.states.clear();
    let head: Head | undefined;
    for (const { key, sequence, data } of read.value.values) {
      const name = cursorInKey(key);
      if (key === keys.head) {
        head = parseHead(data);
        this.#sequence = sequence;
      } else if (name !== undefined) this.#take(name, parse(data));
    }
    this.#head = head ?? this.#head;
    for (const [name, state] of Object.entries(head?.cursors ?? {})) this.#take(name, state); // C3
    this.readUpTo = head?.readUpTo;
    this.loaded = true;
    const readUpTo = this.readUpTo === undefined ? [] : [{ partition: 0, offset: this.readUpTo }];
    return { cursors: [...this.states.values()], readUpTo };
  }

  /** From now on only this process can commit: others' commits are refused (C2). */
  claim(): Promise<NatsAnswer<number>> {
    this.#claims += 1;
    this.#me = `${this.#ports.owner}/${this.#claims}`;
    return this.#inTurn(() => this.#claim());
  }

  async #claim(): Promise<NatsAnswer<number>> {
    const { bucket, keys } = this.#ports;
    const found = await bucket.get(keys.head);
    if (found.kind !== 'ok') return found;
    this.#commits += 1;
    const before = found.value && parseHead(found.value.data);
    const head: Head = { cursors: {}, ...before, owner: this.#me, commit: this.#commits };
    const after = found.value?.sequence ?? 0;
    const written = await bucket.write({ key: keys.head, data: encode(head), after }, []);
    if (written.kind === 'ok') this.#accept(head, written.value);
    return written;
  }

  commit(change: CursorCommit): Promise<CommitOutcome> {
    if (this.#closed) return Promise.resolve({ kind: 'failed', reason: 'the log is closed' });
    return new Promise((resolve) => {
      const next = this.#waiting;
      if (next && next.change.cursors.size + change.put.length > this.#ports.limits.commitStates) {
        resolve({ kind: 'failed', reason: 'too much waits to be committed' });
      } else if (next && next.change.owner === this.#me) {
        next.change.add(change);
        next.waiters.push(resolve);
      } else {
        const first = { change: new Change(this.#me), waiters: [resolve] };
        first.change.add(change);
        this.#waiting = first;
        void this.#inTurn(() => this.#writeNext());
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }

  /** One after the other (C1). */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#writing.then(work);
    this.#writing = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  async #writeNext(): Promise<void> {
    const next = this.#waiting;
    if (next === undefined) return;
    this.#waiting = undefined;
    this.#underWay = next.change;
    const outcome = await this.#write(next.change);
    if (outcome.kind === 'committed') this.#apply(next.change);
    this.#underWay = undefined;
    for (const waiter of next.waiters) waiter(outcome);
  }

  async #write(change: Change): Promise<CommitOutcome> {
    const { bucket, keys, clock, limits } = this.#ports;
    if (change.cursors.size === 0 && change.readUpTo === undefined) return { kind: 'committed' };
    this.#commits += 1;
    const commit = this.#commits;
    const startMs = clock.monotonic();
    let waitMs = limits.retryMs;
    for (;;) {
      if (change.owner !== this.#me) return { kind: 'failed', reason: 'the log was lost meanwhile' };
      const { head, data, writes, removed } = this.#next(change, commit);
      const answer = await bucket.write({ key: keys.head, data, after: this.#sequence }, writes);
      if (answer.kind === 'ok') {
        this.#accept(head, answer.value);
        // What marks a removed key goes too, unless the key was written again.
        for (const name of removed) void bucket.purge(keys.cursor(name), answer.value);
        return { kind: 'committed' };
      }
      let { reason } = answer;
      if (answer.kind === 'refused' && answer.code === natsCodes.wrongSequence) {
        const known = await this.#whoseHead(change.owner, commit);
        if (known === 'again') continue;
        if (known !== undefined) return known;
        reason = 'the head of the cursors cannot be read';
      } else if (answer.kind === 'refused' && !answer.passing) return { kind: 'failed', reason };
      if (clock.monotonic() - startMs + waitMs > limits.commitMs) return { kind: 'failed', reason };
      await new Promise<void>((resolve) => void clock.setTimer(waitMs, resolve, { ref: true }));
      waitMs = Math.min(2 * waitMs, limits.retryMsMax);
    }
  }

  /** The head with the change in it; or, when that is too large, an empty one and its states for keys of their own (C3). */
  #next(change: Change, commit: number) {
    const { keys, limits } = this.#ports;
    const cursors = new Map(Object.entries(this.#head.cursors));
    for (const [name, state] of change.cursors) cursors.set(name, state === undefined ? null : storedState(state));
    const readUpTo = change.readUpTo ?? this.#head.readUpTo;
    const base = { owner: change.owner, commit, ...(readUpTo === undefined ? {} : { readUpTo }) };
    const head: Head = { ...base, cursors: Object.fromEntries(cursors) };
    const data = encode(head);
    if (data.byteLength <= limits.headBytes) return { head, data, writes: [], removed: [] };
    const writes: NatsWrite[] = [];
    const removed: string[] = [];
    for (const [name, state] of cursors) {
      if (state) writes.push({ kind: 'put', key: keys.cursor(name), data: encode(state) });
      else {
        writes.push({ kind: 'remove', key: keys.cursor(name) });
        removed.push(name);
      }
    }
    const empty: Head = { ...base, cursors: {} };
    return { head: empty, data: encode(empty), writes, removed };
  }

  /** Somebody wrote the head: an attempt of ours whose answer was lost, or another process. Undefined: not known. */
  async #whoseHead(owner: string, commit: number): Promise<CommitOutcome | 'again' | undefined> {
    const { bucket, keys, shared, fenced } = this.#ports;
    const found = await bucket.get(keys.head);
    if (found.kind !== 'ok') return undefined;
    const head = found.value && parseHead(found.value.data);
    if (head?.owner !== owner && shared()) {
      if (owner === this.#me) fenced();
      return { kind: 'failed', reason: 'another process dispatches this log now' };
    }
    this.#accept(head ?? { owner, commit: 0, cursors: {} }, found.value?.sequence ?? 0);
    return head?.owner === owner && head.commit === commit ? { kind: 'committed' } : 'again';
  }

  #accept(head: Head, sequence: number): void {
    this.#head = head;
    this.#sequence = sequence;
  }

  #take(name: string, stored: unknown): void {
    const state = stateOf(name, stored);
    if (state) this.states.set(name, state);
    else this.states.delete(name);
  }

  #apply(change: Change): void {
    for (const [name, state] of change.cursors) {
      if (state) this.states.set(name, state);
      else this.states.delete(name);
    }
    this.readUpTo = change.readUpTo ?? this.readUpTo;
  }
}

interface StoredState {
  readonly seenUpTo: Offset;
  /** Distances: from 0, then each from the one before. */
  readonly pending?: readonly number[];
  readonly detached?: true;
}

function storedState({ seenUpTo, pending, detached }: CursorState): StoredState {
  const distances = pending.map((offset, at) => offset - (pending[at - 1] ?? 0));
  return {
    seenUpTo,
    ...(distances.length === 0 ? {} : { pending: distances }),
    ...(detached ? { detached } : {}),
  };
}

/** Undefined when it is not what `storedState` gave: it is then as if the cursor were not there. */
function stateOf(name: string, value: unknown): CursorState | undefined {
  const stored = value as StoredState | null | undefined;
  if (typeof stored?.seenUpTo !== 'number') return undefined;
  let offset = 0;
  const pending = (stored.pending ?? []).map((distance) => {
    offset += distance;
    return offset;
  });
  return { name, partition: 0, seenUpTo: stored.seenUpTo, pending, detached: stored.detached === true };
}

function parseHead(data: Uint8Array): Head | undefined {
  const head = parse(data) as Head | undefined;
  return typeof head?.owner === 'string' && typeof head.cursors === 'object' ? head : undefined;
}

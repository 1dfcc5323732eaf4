/** The cursors of one log: as they are stored, and those that are durable in memory, because retention asks for them. */
import { ByteReader, ByteWriter, FrameError, seal, unseal } from '../bytes.ts';
import type { CursorCommit, CursorState, Offset, StoredCursors } from '../log.ts';
import { type Hold, holdOf } from '../retention.ts';
import type { Changes, Environment } from './environment.ts';
import { cursorKey, cursorNameOf, kinds, numberKey } from './keys.ts';

/** A detached cursor's flag. */
const detachedFlag = 1;

const writer = new ByteWriter();

function encodeCursor(cursor: CursorState): Buffer {
  writer.reset();
  writer.reserve(24 + 8 * cursor.pending.length, 0);
  writer.u8(cursor.detached ? detachedFlag : 0);
  writer.varint(cursor.seenUpTo);
  writer.varint(cursor.pending.length);
  let previous = 0;
  for (const offset of cursor.pending) {
    writer.varint(offset - previous);
    previous = offset;
  }
  return seal(writer.from(0));
}

/** Undefined when the bytes are not as they were written. */
function decodeCursor(name: string, value: Uint8Array): CursorState | undefined {
  const payload = unseal(value);
  if (payload === undefined) return undefined;
  try {
    const reader = new ByteReader(payload);
    const detached = reader.u8() === detachedFlag;
    const seenUpTo = reader.varint();
    const pending: Offset[] = [];
    for (let left = reader.count(), previous = 0; left > 0; left -= 1) {
      previous += reader.varint();
      pending.push(previous);
    }
    return { name, partition: 0, seenUpTo, pending, detached };
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}

/** Changes that were asked for and are not durable yet, later ones over earlier ones. */
export interface StagedCursors {
  readonly states: ReadonlyMap<string, CursorState | undefined>;
  readonly readUpTo: Offset | undefined;
}

export class LocalCursors {
  readonly #log: number;
  readonly #durable = new Map<string, CursorState>();
  #readUpTo: Offset | undefined;

  constructor(log: number) {
    this.#log = log;
  }

  /** Reads all of them. Gives what is wrong with them, if anything. */
  load(environment: Environment): string | undefined {
    const range = { from: numberKey(kinds.cursor, this.#log), to: numberKey(kinds.cursor, this.#log + 1) };
    for (const { key, value } of environment.entries(range)) {
      const name = cursorNameOf(key);
      const state = decodeCursor(name, value);
      if (state === undefined) return `the cursor ${name} of log ${this.#log} is not as it was written`;
      this.#durable.set(name, state);
    }
    const stored = environment.get(numberKey(kinds.readUpTo, this.#log));
    if (stored === undefined) return undefined;
    const payload = unseal(stored);
    if (payload?.byteLength !== 8) return `the read position of log ${this.#log} is not as it was written`;
    this.#readUpTo = payload.readDoubleLE(0);
    return undefined;
  }

  /** Adds the changes to a transaction. `settled` is to be called when it is durable. */
  stage(commits: readonly CursorCommit[], changes: Changes): StagedCursors {
    const states = new Map<string, CursorState | undefined>();
    let readUpTo: Offset | undefined;
    for (const commit of commits) {
      for (const name of commit.remove) states.set(name, undefined);
      for (const state of commit.put) states.set(state.name, state);
      for (const position of commit.readUpTo) readUpTo = position.offset;
    }
    for (const [name, state] of states) {
      if (state === undefined) changes.remove(cursorKey(this.#log, name));
      else changes.put(cursorKey(this.#log, name), encodeCursor(state));
    }
    if (readUpTo !== undefined) {
      const payload = Buffer.allocUnsafe(8);
      payload.writeDoubleLE(readUpTo);
      changes.put(numberKey(kinds.readUpTo, this.#log), seal(payload));
    }
    return { states, readUpTo };
  }

  settled(staged: StagedCursors): void {
    for (const [name, state] of staged.states) {
      if (state === undefined) this.#durable.delete(name);
      else this.#durable.set(name, state);
    }
    this.#readUpTo = staged.readUpTo ?? this.#readUpTo;
  }

  stored(): StoredCursors {
    return {
      cursors: [...this.#durable.values()],
      readUpTo: this.#readUpTo === undefined ? [] : [{ partition: 0, offset: this.#readUpTo }],
    };
  }

  /** What retention must leave (L5): by the durable states and by those on their way, whichever is stricter. */
  hold(waiting: readonly CursorCommit[], staged: StagedCursors | undefined, end: Offset): Hold {
    const states = [...this.#durable.values()];
    for (const commit of waiting) states.push(...commit.put);
    for (const state of staged?.states.values() ?? []) if (state !== undefined) states.push(state);
    return holdOf(states, 0, this.#readUpTo ?? 0, end);
  }
}

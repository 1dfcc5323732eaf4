/**
 * The partitions of one log that are served here: a shared reader for each, and a cursor of every subscription in each.
 *
 * V1. A subscription and a partition get their cursor when the later of the two comes, and lose it with the first that goes.
 */
import type { EventLog, Offset } from '../log/log.ts';
import type { Committer } from './committer.ts';
import { Cursor } from './cursor.ts';
import type { Engine } from './engine.ts';
import { type Start, type Stored, startOf } from './placing.ts';
import { type Matching, SharedReader } from './shared-reader.ts';
import type { Subscription } from './subscription.ts';

/** Where a cursor begins that is not there yet. */
export interface Beginning {
  readonly subscription: Subscription;
  readonly reader: SharedReader;
  readonly start: Start;
}

export class Serving {
  readonly #log: EventLog;
  readonly #engine: Engine;
  readonly #committer: Committer;
  readonly #matching: Matching;
  readonly #readers = new Map<number, SharedReader>();

  constructor(engine: Engine, log: EventLog, committer: Committer, matching: Matching) {
    this.#engine = engine;
    this.#log = log;
    this.#committer = committer;
    this.#matching = matching;
  }

  readers(): Iterable<SharedReader> {
    return this.#readers.values();
  }

  has(partition: number): boolean {
    return this.#readers.has(partition);
  }

  /** A reader that begins where the last one ended, and is not in use before it is added. */
  makeReader(partition: number, upTo: Offset | undefined): SharedReader {
    const from = upTo ?? this.#log.range(partition).start;
    return new SharedReader(this.#engine, this.#log, partition, from, this.#committer, this.#matching);
  }

  add(reader: SharedReader): void {
    this.#readers.set(reader.partition, reader);
  }

  wake(): void {
    for (const reader of this.#readers.values()) reader.wake();
  }

  /** Where every subscription begins in every partition of `readers`. */
  async beginnings(
    subscriptions: readonly Subscription[],
    readers: readonly SharedReader[],
    stored: Stored,
    placedMs?: (subscription: Subscription) => number,
  ): Promise<readonly Beginning[]> {
    const pairs = subscriptions.flatMap((subscription) => readers.map((reader) => ({ subscription, reader })));
    const starts = pairs.map(({ subscription, reader }) =>
      startOf(this.#log, subscription.route, reader, stored, placedMs?.(subscription)),
    );
    const found = await Promise.all(starts);
    return pairs.flatMap((pair, index) => (found[index] ? [{ ...pair, start: found[index] }] : []));
  }

  /**
   * Cursors at these beginnings. The index over the filters must know their subscriptions, and `begin` follow, within the
   * same turn of the event loop: a cursor may join its reader on its own account at the next one.
   */
  place(beginnings: readonly Beginning[]): readonly Cursor[] {
    // All are made before any is added: one that is made may set its subscription going.
    const cursors = beginnings.map(
      ({ subscription, reader, start }) => new Cursor(subscription, reader, start.next, start.pending),
    );
    for (const [at, cursor] of cursors.entries()) {
      const { reader, start } = beginnings[at] as Beginning;
      cursor.subscription.addCursor(cursor);
      // A thousand Triggers that go on where they were write nothing at a start.
      cursor.isRecorded = start.isRecorded && start.next >= reader.position && cursor.subscription.hold === 'none';
      if (!cursor.isRecorded) this.#committer.changed(cursor);
    }
    return cursors;
  }

  /** The one that is furthest behind joins first: the shared reader begins there, and nobody has to catch up (H3). */
  begin(cursors: readonly Cursor[]): void {
    const furthestFirst = [...cursors].sort((a, b) => a.from - b.from);
    for (const cursor of furthestFirst) cursor.readMore();
    for (const cursor of furthestFirst) cursor.subscription.pump();
  }

  /** Reads no more of these partitions. Gives their cursors. */
  stop(partitions: readonly number[], subscriptions: Iterable<Subscription>): readonly Cursor[] {
    for (const partition of partitions) this.#readers.get(partition)?.close();
    return [...subscriptions].flatMap(({ byPartition }) =>
      partitions.flatMap((partition) => byPartition[partition] ?? []),
    );
  }

  /** Forgets these partitions with their cursors; what is under way of them is cancelled and not recorded. */
  remove(partitions: readonly number[], subscriptions: Iterable<Subscription>): void {
    for (const cursor of this.stop(partitions, subscriptions)) cursor.subscription.removeCursor(cursor);
    for (const partition of partitions) this.#readers.delete(partition);
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
  }
}

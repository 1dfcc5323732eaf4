/**
 * Reads one partition once for all subscriptions that are attached to it.
 *
 * H1. `position` is the next record it will hand over. It moves past a record before that record is handed over, within
 *     one turn of the event loop.
 * H2. It waits for nobody: a cursor without room leaves.
 * H3. With nobody attached and nobody listening it stands still, and whoever attaches first may move it ahead.
 * H4. When the log no longer has what it should read next, the cursors that wanted it leave and say what they lost; it
 *     goes on at the first record that is kept. With nobody concerned (all begin later) nothing was lost.
 */
import type { CloudEvent } from '@millrace/api';
import type { EventLog, LogRecord, Offset, ReadOutcome } from '../log/log.ts';
import type { Committer } from './committer.ts';
import type { Cursor } from './cursor.ts';
import type { Engine } from './engine.ts';
import { HeldRecords } from './held.ts';
import { troubleDelayMs } from './limits.ts';
import { endsBefore, gone } from './lost.ts';
import type { Matcher } from './ports.ts';
import type { Subscription } from './subscription.ts';
import { Alarm } from './timer-heap.ts';

/** Which subscriptions of the log want an event: all of them through the index, or one by itself. */
export interface Matching {
  readonly logUid: string;
  readonly all: Matcher<Subscription>;
  wants(subscription: Subscription, event: CloudEvent): boolean;
}

export class SharedReader {
  readonly log: EventLog;
  readonly partition: number;
  readonly committer: Committer;
  position: Offset;
  /** Where it began in this process. */
  readonly startedAt: Offset;
  /** What a restart begins at: durable. */
  committedUpTo: Offset;
  /** Cursors that may have events which were never sent: these bound what may be committed. */
  readonly queued = new Set<Cursor>();
  readonly held = new HeldRecords();
  trouble: string | undefined;
  readonly #engine: Engine;
  readonly #matching: Matching;
  readonly #attached = new Set<Cursor>();
  readonly #again = new Alarm(() => this.wake());
  /** Records before this one were there when the process began: nobody is told again that they were accepted. */
  readonly #newFrom: Offset;
  #busy = false;
  #woken = false;
  #closed = false;
  #troubles = 0;
  #uncommittedBytes = 0;

  constructor(
    engine: Engine,
    log: EventLog,
    partition: number,
    from: Offset,
    committer: Committer,
    matching: Matching,
  ) {
    this.#engine = engine;
    this.log = log;
    this.partition = partition;
    this.position = from;
    this.startedAt = from;
    this.committedUpTo = from;
    this.committer = committer;
    this.#matching = matching;
    this.#newFrom = log.range(partition).end;
  }

  /** Nobody is attached and nobody listens (H3). */
  get idle(): boolean {
    return this.#attached.size === 0 && !this.#engine.flow.active;
  }

  wants(subscription: Subscription, event: CloudEvent): boolean {
    return this.#matching.wants(subscription, event);
  }

  /** The cursor has seen everything below its `from`. */
  join(cursor: Cursor): void {
    if (this.idle && cursor.from > this.position) this.position = cursor.from;
    this.#attached.add(cursor);
    if (cursor.queue.size > 0) this.queued.add(cursor);
    this.wake();
  }

  leave(cursor: Cursor): void {
    this.#attached.delete(cursor);
  }

  /** What a commit may say was read: below it nothing waits in memory only (cursor invariant C3). */
  get committable(): Offset {
    let upTo = this.position;
    for (const cursor of this.queued) {
      const first = cursor.queue.peek();
      if (!first || cursor.phase.kind !== 'attached') this.queued.delete(cursor);
      else upTo = Math.min(upTo, first.record.offset);
    }
    return Math.max(this.committedUpTo, upTo);
  }

  /** There may be something to read. */
  wake(): void {
    this.#woken = true;
    for (let batches = 0; this.#woken && !this.#busy; batches++) {
      if (this.idle || this.#engine.stopping || this.#again.heapIndex >= 0) return;
      if (batches >= this.#engine.limits.batchesInARow) {
        this.#engine.timers.set(this.#again, 0);
        return;
      }
      this.#woken = false;
      this.#busy = true;
      const { readRecords: records, readBytes: bytes } = this.#engine.limits;
      const outcome = this.log.read(this.partition, this.position, { records, bytes });
      if (!('kind' in outcome)) return void this.#finish(outcome);
      this.#handle(outcome);
      this.#busy = false;
    }
  }

  /** Reads no more. */
  close(): void {
    this.#engine.timers.cancel(this.#again);
    this.#busy = true;
    this.#closed = true;
  }

  async #finish(reading: Promise<ReadOutcome>): Promise<void> {
    const from = this.position;
    let outcome: ReadOutcome;
    try {
      outcome = await reading;
    } catch (error) {
      this.#engine.ports.logger.error('reading the log threw', { error });
      outcome = { kind: 'failed', reason: String(error) };
    }
    if (this.#closed) return;
    // Somebody may have moved it ahead meanwhile (H3): then this batch is of no use.
    if (this.position === from && !this.#engine.stopping) this.#handle(outcome);
    else this.#woken = true;
    this.#busy = false;
    if (this.#woken) this.wake();
  }

  #handle(outcome: ReadOutcome): void {
    switch (outcome.kind) {
      case 'failed':
        this.trouble = `the log cannot be read: ${outcome.reason}`;
        this.#engine.timers.set(this.#again, troubleDelayMs(++this.#troubles));
        return;
      case 'out-of-range':
        this.#outOfRange(outcome.start, outcome.end);
        return;
      case 'records':
        this.#troubles = 0;
        this.trouble = undefined;
        for (const record of outcome.records) this.#handOver(record);
        if (outcome.next > this.position) this.position = outcome.next;
        if (outcome.records.length > 0) this.#woken = true;
        this.#considerCommit();
    }
  }

  #handOver(record: LogRecord): void {
    this.position = record.offset + 1; // H1
    this.#uncommittedBytes += record.bytes;
    const { flow } = this.#engine;
    const { logUid } = this.#matching;
    if (flow.active && record.offset >= this.#newFrom) flow.tell({ kind: 'accepted', logUid, record });
    const wanted = this.#matching.all.match(record.event);
    if (flow.active && record.offset >= this.#newFrom) {
      flow.tell({ kind: 'matched', logUid, record, subscriptions: wanted.map(({ route }) => route.uid) });
    }
    if (wanted.length === 0) return;
    const held = this.held.of(record);
    for (const subscription of wanted) subscription.byPartition[this.partition]?.offer(held);
  }

  /** H4 */
  #outOfRange(start: Offset, end: Offset): void {
    const at = this.position;
    if (start <= at && at <= end) {
      this.trouble = `the log cannot be read: it does not give ${at}, and says that it has ${start} to ${end}`;
      this.#engine.timers.set(this.#again, troubleDelayMs(++this.#troubles));
      return;
    }
    for (const cursor of [...this.#attached]) {
      if (end < at) cursor.lose(Math.max(at, cursor.from), endsBefore(end, at));
      else if (cursor.from < start) cursor.lose(Math.max(at, cursor.from), gone(start, Math.max(at, cursor.from)));
    }
    this.position = start;
    // The log is another one than before: what was recorded of it is void, and nobody is attached any more.
    if (end < at) this.committedUpTo = start;
    this.#woken = true;
  }

  /** How far it has read is recorded now and then. */
  #considerCommit(): void {
    const { readAheadRecords, readAheadBytes } = this.#engine.limits;
    if (this.position - this.committedUpTo < readAheadRecords && this.#uncommittedBytes < readAheadBytes) {
      this.committer.readOn();
      return;
    }
    this.#uncommittedBytes = 0;
    this.committer.readAhead();
  }
}

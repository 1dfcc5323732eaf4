/**
 * Reads for one detached cursor, in bounded batches, until it has caught up with the shared reader.
 *
 * O1. One read at a time, and only while the window has room to make it worth while.
 * O2. Nothing at or past the shared reader's position is taken: those events come from there once the cursor joined.
 * O3. A read that began before the cursor changed its phase is thrown away.
 */
import type { LogRecord, ReadOutcome } from '../log/log.ts';
import type { Cursor, CursorPhase } from './cursor.ts';
import { troubleDelayMs } from './limits.ts';
import { endsBefore, gone } from './lost.ts';
import type { GateVisitor } from './read-gate.ts';
import type { Timed } from './timer-heap.ts';

type Detached = CursorPhase & { readonly kind: 'detached' };

export class OwnReader implements GateVisitor, Timed {
  /** Why reading does not work, while it does not. */
  trouble: string | undefined;
  readonly #cursor: Cursor;
  /** It waits itself, to read again: there is one for each of ten thousand triggers. */
  dueMs = 0;
  heapOrder = 0;
  heapIndex = -1;
  #busy = false;
  #troubles = 0;
  /** Weight of the record that did not fit last time. */
  #needBytes = 0;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  onDue(): void {
    this.readMore();
  }

  /** Reads on, if there is room and anything to read; joins the shared reader when there is nothing before it. */
  readMore(): void {
    const { subscription, reader } = this.#cursor;
    const { engine } = subscription;
    for (let batches = 0; !this.#busy; batches++) {
      const { phase } = this.#cursor;
      if (phase.kind !== 'detached' || engine.stopping || this.heapIndex >= 0) return;
      if (phase.next >= reader.position) {
        this.#cursor.join(phase.next);
        return;
      }
      if (!this.#worthWhile()) return;
      if (batches >= engine.limits.batchesInARow) {
        engine.timers.set(this, 0);
        return;
      }
      if (!engine.gate.enter(this)) return;
      this.#busy = true;
      const outcome = this.#read(phase);
      if (!('kind' in outcome)) return void this.#finish(outcome, phase);
      engine.gate.leave();
      this.#handle(outcome, phase);
      this.#busy = false;
      subscription.pump();
    }
  }

  close(): void {
    const { engine } = this.#cursor.subscription;
    engine.timers.cancel(this);
    engine.gate.forget(this);
  }

  #read(phase: Detached): ReadOutcome | Promise<ReadOutcome> {
    const { subscription, reader, queue, open, limit } = this.#cursor;
    const { limits } = subscription.engine;
    const records = Math.min(limits.readRecords, limit - queue.size - open.size);
    const bytes = Math.max(1, Math.min(limits.readBytes, limits.windowBytes - subscription.heldBytes));
    return reader.log.read(reader.partition, phase.next, { records, bytes });
  }

  async #finish(reading: Promise<ReadOutcome>, phase: Detached): Promise<void> {
    const { subscription } = this.#cursor;
    let outcome: ReadOutcome;
    try {
      outcome = await reading;
    } catch (error) {
      subscription.engine.ports.logger.error('reading the log threw', { error });
      outcome = { kind: 'failed', reason: String(error) };
    }
    this.#busy = false;
    subscription.engine.gate.leave();
    if (this.#cursor.phase === phase) this.#handle(outcome, phase); // O3
    subscription.pump();
    // The pump reads on by itself unless it is running further up the stack.
    this.#cursor.readMore();
  }

  #handle(outcome: ReadOutcome, phase: Detached): void {
    if (outcome.kind === 'failed') {
      this.#failed(`the log cannot be read: ${outcome.reason}`);
      return;
    }
    if (outcome.kind === 'out-of-range') {
      const { start, end } = outcome;
      if (start <= phase.next && phase.next <= end) {
        this.#failed(`the log cannot be read: it does not give ${phase.next}, and says that it has ${start} to ${end}`);
        return;
      }
      this.#cursor.lose(phase.next, end < phase.next ? endsBefore(end, phase.next) : gone(start, phase.next));
      return;
    }
    this.#troubles = 0;
    this.trouble = undefined;
    const before = phase.next;
    if (!this.#takeAll(outcome.records, phase)) return;
    phase.next = Math.max(phase.next, Math.min(outcome.next, this.#cursor.reader.position)); // O2
    if (phase.next === before) this.#failed(`the log gave nothing at ${before}, below what was read already`);
  }

  /** False when one did not fit: `next` is at that one then. */
  #takeAll(records: readonly LogRecord[], phase: Detached): boolean {
    const cursor = this.#cursor;
    const { held } = cursor.reader;
    for (const record of records) {
      if (record.offset >= cursor.reader.position) return true; // O2
      if (cursor.reader.wants(cursor.subscription, record.event)) {
        cursor.unreadSinceMs = record.timeMs;
        held.share();
        if (!cursor.take(held.of(record))) {
          this.#needBytes = record.bytes;
          phase.next = record.offset;
          return false;
        }
      }
      phase.next = record.offset + 1;
      cursor.unreadSinceMs = undefined;
    }
    this.#needBytes = 0;
    return true;
  }

  #failed(reason: string): void {
    this.trouble = reason;
    this.#cursor.subscription.engine.timers.set(this, troubleDelayMs(++this.#troubles));
  }

  /** Reading a batch is worth while when the queue ran low and what stopped the last one would fit. */
  #worthWhile(): boolean {
    const { subscription, queue, open, limit } = this.#cursor;
    if (subscription.engine.budget.isWaiting(subscription)) return false;
    if (queue.size > subscription.engine.limits.windowEvents / 4) return false;
    return queue.size + open.size < limit && subscription.hasRoom(this.#needBytes);
  }
}

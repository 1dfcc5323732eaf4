/**
 * Finds out since when an event waits that a cursor wants and has not read: for the age of the oldest unsettled event
 * of a trigger that is paused, or whose process has just begun. It hands nothing over, and runs only while somebody asks.
 */
import type { Offset } from '../log/log.ts';
import type { Cursor } from './cursor.ts';

/** Records looked at for one question. */
const PEEK_RECORDS = 256;
const PEEK_BYTES = 262_144;

export class Peek {
  readonly #cursor: Cursor;
  /** Nothing below it that was not read is wanted. */
  #from: Offset = 0;
  #busy = false;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  /** Looks a little further; the answer shows in `unreadSinceMs`, at the next question. */
  look(): void {
    const { reader, unreadSinceMs, nextUnread } = this.#cursor;
    const from = Math.max(this.#from, nextUnread);
    if (this.#busy || unreadSinceMs !== undefined || from >= reader.log.range(reader.partition).end) return;
    this.#busy = true;
    void this.#look(from);
  }

  async #look(from: Offset): Promise<void> {
    const cursor = this.#cursor;
    const { phase, reader } = cursor;
    try {
      const outcome = await reader.log.read(reader.partition, from, { records: PEEK_RECORDS, bytes: PEEK_BYTES });
      // What it read while it was asked is not unread any more.
      if (outcome.kind !== 'records' || cursor.phase !== phase) return;
      const first = outcome.records.find(
        (record) => isUnread(cursor, record.offset) && reader.wants(cursor.subscription, record.event),
      );
      if (first) cursor.unreadSinceMs ??= first.timeMs;
      else this.#from = outcome.next;
    } catch (error) {
      cursor.subscription.engine.ports.logger.error('reading the log threw', { error });
    } finally {
      this.#busy = false;
    }
  }
}

function isUnread(cursor: Cursor, offset: Offset): boolean {
  return cursor.phase.kind !== 'attached' && offset >= cursor.nextUnread;
}

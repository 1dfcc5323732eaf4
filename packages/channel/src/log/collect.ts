/** Gathers records up to a reader's limit: at least one, however large (`ReadLimit`). */
import type { LogRecord, ReadLimit } from './log.ts';

export class Collector {
  readonly records: LogRecord[] = [];
  readonly #limit: ReadLimit;
  #bytes = 0;

  constructor(limit: ReadLimit) {
    this.#limit = limit;
  }

  /** False when the record does not fit any more. */
  add(record: LogRecord): boolean {
    if (this.records.length > 0) {
      if (this.records.length >= this.#limit.records || this.#bytes + record.bytes > this.#limit.bytes) return false;
    }
    this.records.push(record);
    this.#bytes += record.bytes;
    return true;
  }
}

/**
 * Records in memory. Who falls behind reads for itself; several that do read the same records, and what was made of one for
 * the first of them (the event as it leaves, the request) serves the others as well.
 *
 * E1. One record is held once, whoever read it, as far as the table reaches: it has a place for each of so many offsets in a
 *     row, and a later one takes the place of an earlier one. What has lost its place is only not found any more.
 * E2. There is a table only while somebody reads for itself and something is held: in a log that everybody follows a record is
 *     found with the reader that hands it to all.
 */
import type { CloudEvent } from '@millrace/api';
import type { AttemptMemo } from '../delivery/delivery.ts';
import type { LogRecord } from '../log/log.ts';
import { withoutTtl } from './outgoing.ts';

/** As many as a trigger may have in its window: those that are behind by more than that from each other share little. */
const places = 1_024;

/** A record in memory, shared by the triggers that hold it, with what was made of it for one of them. */
export class Held implements AttemptMemo {
  readonly record: LogRecord;
  /** How many hold it. Counted by the budget. */
  refs = 0;
  made: AttemptMemo['made'];
  #event: CloudEvent | undefined;
  readonly #among: HeldRecords | undefined;

  constructor(record: LogRecord, among?: HeldRecords) {
    this.record = record;
    this.#among = among;
  }

  get bytes(): number {
    return this.record.bytes;
  }

  /** The event as subscribers and dead letter sinks get it: without its TTL. Made once for all of them. */
  get event(): CloudEvent {
    this.#event ??= withoutTtl(this.record.event);
    return this.#event;
  }

  /** The first one holds it. */
  taken(): void {
    this.#among?.add(this);
  }

  /** Nobody holds it any more. */
  released(): void {
    this.#among?.remove(this);
  }
}

/** What is held of one partition. */
export class HeldRecords {
  #table: (Held | undefined)[] | undefined;
  #size = 0;

  /** What holds this record already, or something to hold it. */
  of(record: LogRecord): Held {
    const known = this.#table?.[record.offset % places];
    return known !== undefined && isSame(known.record, record) ? known : new Held(record, this);
  }

  /** Somebody reads for itself what others may hold, or are going to read (E2). */
  share(): void {
    this.#table ??= new Array<Held | undefined>(places).fill(undefined);
  }

  /** E1. */
  add(held: Held): void {
    if (this.#table === undefined) return;
    const place = held.record.offset % places;
    if (this.#table[place] === undefined) this.#size += 1;
    this.#table[place] = held;
  }

  remove(held: Held): void {
    const place = held.record.offset % places;
    if (this.#table?.[place] !== held) return;
    this.#table[place] = undefined;
    this.#size -= 1;
    if (this.#size === 0) this.#table = undefined;
  }
}

/** A log that was made anew under its old name may have another event at the offset. */
function isSame(a: LogRecord, b: LogRecord): boolean {
  if (a === b) return true;
  if (a.offset !== b.offset || a.timeMs !== b.timeMs) return false;
  return a.event.attributes.id === b.event.attributes.id && a.event.attributes.source === b.event.attributes.source;
}

/**
 * One partition of a topic as it is read here: its range, and the pieces of it that are in memory.
 *
 * R1. A piece has no gaps but those of the topic itself. A record that was appended here joins the last piece only when its
 *     offset is the one that follows; otherwise what lies between is fetched.
 * R2. `end` and `start` never go back by what is read or appended: only when the topic itself says that they did (a topic that
 *     was made anew, a leader that had lost records), which shows as out of range.
 * R3. Records are kept from an append only while somebody reads at the end, and let go of when they were given out and nothing
 *     more waits: what is kept longer outlives the young generation, each event of it. Whoever falls behind fetches.
 */
import { sizeOfEvent } from '@millrace/api';
import type { FetchedPartition, IncomingRecord } from '@millrace/runtime';
import type { LogRecord, NewRecord, Offset, PartitionRange, ReadLimit, ReadOutcome } from '../log.ts';
import { type Piece, type PieceOwner, type RecordCache, recordsFrom } from './cache.ts';

/** A piece that grows by appends is closed then: what is freed at once is bounded. */
const pieceRecordsMax = 1_024;
const pieceBytesMax = 1_048_576;
/** The same for what was appended here, which is let go of piece by piece (R3). */
const appendedBytesMax = 65_536;
/** What is kept of it after it was given out, while more waits: who has room for a part of a read comes back for the rest. */
const againBytesMax = 1_048_576;

export interface PartitionPorts {
  readonly cache: RecordCache;
  /** The event in a record; undefined when it is none and was told of. */
  toRecord(incoming: IncomingRecord, partition: number, timeMs: number): LogRecord | undefined;
}

export class PartitionState implements PieceOwner {
  readonly number: number;
  start: Offset = 0;
  end: Offset = 0;
  /** When this process last appended to it, by the clock that only grows. */
  ownAppendMs = Number.NEGATIVE_INFINITY;
  /** When its end was last heard of. */
  seenMs = Number.NEGATIVE_INFINITY;
  readonly #ports: PartitionPorts;
  /** By offset. */
  #pieces: Piece[] = [];
  /** Somebody has read up to here, at the end (R3). */
  #followedTo: Offset = -1;
  #seenRecords = 0;
  #seenBytes = 0;

  constructor(number: number, ports: PartitionPorts) {
    this.number = number;
    this.#ports = ports;
  }

  /** Somebody reads at its end. */
  get followed(): boolean {
    return this.#followedTo >= 0;
  }

  get range(): PartitionRange {
    const average = this.#seenRecords === 0 ? 0 : this.#seenBytes / this.#seenRecords;
    const bytes = Math.ceil((this.end - this.start) * average);
    return { partition: this.number, start: this.start, end: this.end, bytes };
  }

  /** What is known without asking; undefined: it has to be fetched. */
  readKnown(from: Offset, limit: ReadLimit): ReadOutcome | undefined {
    if (from === this.end) {
      this.#followedTo = from;
      return { kind: 'records', records: [], next: from };
    }
    for (let at = this.#pieces.length - 1; at >= 0; at -= 1) {
      const piece = this.#pieces[at] as Piece;
      if (piece.next <= from || piece.from > from) continue;
      const { records, next } = recordsFrom(piece, from, limit);
      if (records.length === 0) return next < this.end ? undefined : this.readKnown(next, limit);
      this.#ports.cache.used(piece);
      if (next === this.end) this.#followedTo = next;
      return { kind: 'records', records, next };
    }
    return undefined;
  }

  /** Where the pieces in memory that begin at `from` end: `from` when there is none. */
  knownUpTo(from: Offset): Offset {
    let upTo = from;
    for (const piece of this.#pieces) if (piece.from <= upTo && piece.next > upTo) upTo = piece.next;
    return upTo;
  }

  /** What this process appended and the cluster has acknowledged. */
  appended(records: readonly LogRecord[], base: Offset, nowMs: number): void {
    const next = base + records.length;
    this.ownAppendMs = nowMs;
    for (const record of records) this.#count(record.bytes);
    if (base === this.end && this.followed) {
      this.#extend(records, base, next, true);
      this.#letGo();
    }
    if (next > this.end) this.end = next;
  }

  /** The same, when nobody reads at the end: nothing is kept. */
  advanced(base: Offset, sources: readonly NewRecord[], nowMs: number): void {
    this.ownAppendMs = nowMs;
    const [first] = sources;
    if (first !== undefined) this.#count(sizeOfEvent(first.event));
    this.end = Math.max(this.end, base + sources.length);
  }

  /** What a fetch brought, whichever way. True: the end moved. */
  arrived(fetched: FetchedPartition, from: Offset, nowMs: number): boolean {
    this.seenMs = nowMs;
    this.start = Math.max(this.start, fetched.start);
    const before = this.end;
    this.end = Math.max(this.end, fetched.end, fetched.next);
    if (fetched.next > from) this.#keep(fetched, from);
    return this.end > before;
  }

  /** The range as the cluster says it is now (R2). */
  moved(start: Offset, end: Offset, nowMs: number): boolean {
    const grew = end > this.end;
    this.seenMs = nowMs;
    if (end < this.end) this.forget();
    this.start = start;
    this.end = end;
    return grew;
  }

  forget(): void {
    for (const piece of this.#pieces) this.#ports.cache.remove(piece);
    this.#pieces = [];
    this.#followedTo = -1;
  }

  dropped(piece: Piece): void {
    this.#pieces = this.#pieces.filter((one) => one !== piece);
    // Nobody came for it: whoever read here has fallen behind, or is gone.
    if (piece.fresh) this.#followedTo = -1;
  }

  #keep(fetched: FetchedPartition, from: Offset): void {
    const records: LogRecord[] = [];
    let last = 0;
    let { next } = fetched;
    const known = this.#pieces.find((piece) => piece.from > from)?.from ?? next;
    for (const incoming of fetched.records) {
      if (incoming.offset < from) continue; // Appended here while the answer was on its way.
      if (incoming.offset >= known && records.length > 0) {
        next = known;
        break;
      }
      // Producers' clocks differ. On topics that we make the broker stamps; on others what was fetched at once is in order.
      last = Math.max(last, incoming.timeMs);
      const record = this.#ports.toRecord(incoming, this.number, last);
      if (record === undefined) continue;
      records.push(record);
      this.#count(record.bytes);
    }
    if (this.knownUpTo(from) === from) this.#extend(records, from, next, false);
  }

  /** R3 */
  #letGo(): void {
    const newest = this.#pieces.at(-1);
    const moreWaits = this.#pieces.some((piece) => piece.fresh && piece !== newest);
    const keptMax = moreWaits ? againBytesMax : 0;
    let bytes = 0;
    for (const piece of this.#pieces.toReversed()) {
      if (piece === newest || piece.fresh || !piece.isAppended) continue;
      bytes += piece.bytes;
      if (bytes <= keptMax) continue;
      this.#ports.cache.remove(piece);
      this.dropped(piece);
    }
  }

  #extend(records: readonly LogRecord[], from: Offset, next: Offset, isAppended: boolean): void {
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
    const last = this.#pieces.at(-1);
    if (
      last !== undefined &&
      last.next === from &&
      last.isAppended === isAppended &&
      last.records.length < pieceRecordsMax &&
      last.bytes + bytes < (isAppended ? appendedBytesMax : pieceBytesMax)
    ) {
      for (const record of records) last.records.push(record);
      last.next = next;
      last.fresh = true;
      this.#ports.cache.grew(last, bytes);
      return;
    }
    const piece: Piece = { from, next, records: [...records], bytes, fresh: true, isAppended, owner: this };
    this.#pieces.push(piece);
    if (last !== undefined && last.from > from) this.#pieces.sort((a, b) => a.from - b.from);
    this.#ports.cache.add(piece);
  }

  #count(bytes: number): void {
    // An average over the last thousands: counting starts over at half weight.
    if (this.#seenRecords >= 65_536) {
      this.#seenRecords /= 2;
      this.#seenBytes /= 2;
    }
    this.#seenRecords += 1;
    this.#seenBytes += bytes;
  }
}

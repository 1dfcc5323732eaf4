/**
 * Records of partitions that are in memory: what was read or appended lately, in pieces without gaps. What all logs of a store
 * keep together is bounded; what was not used longest goes first.
 */
import type { LogRecord, Offset, ReadLimit } from '../log.ts';

/** Records of [from, next) of one partition, all that there are. */
export interface Piece {
  readonly from: Offset;
  next: Offset;
  readonly records: LogRecord[];
  bytes: number;
  /** Nothing of it was given out yet. */
  fresh: boolean;
  /** This process appended what is in it. */
  readonly isAppended: boolean;
  readonly owner: PieceOwner;
}

export interface PieceOwner {
  /** It is not in memory any more. */
  dropped(piece: Piece): void;
}

export class RecordCache {
  readonly #limitBytes: number;
  /** From the one not used longest to the last used. */
  readonly #pieces = new Set<Piece>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  add(piece: Piece): void {
    this.#pieces.add(piece);
    this.#bytes += piece.bytes;
    this.#makeRoom(piece);
  }

  grew(piece: Piece, bytes: number): void {
    piece.bytes += bytes;
    this.#bytes += bytes;
    this.#makeRoom(piece);
  }

  used(piece: Piece): void {
    piece.fresh = false;
    this.#pieces.delete(piece);
    this.#pieces.add(piece);
  }

  remove(piece: Piece): void {
    if (this.#pieces.delete(piece)) this.#bytes -= piece.bytes;
  }

  /** The last one stays, however large: somebody is about to read it. */
  #makeRoom(last: Piece): void {
    for (const piece of this.#pieces) {
      if (this.#bytes <= this.#limitBytes) return;
      if (piece === last) continue;
      this.remove(piece);
      piece.owner.dropped(piece);
    }
  }
}

/** Records of a piece from an offset on, within the limit; at least one when there is any. */
export function recordsFrom(piece: Piece, from: Offset, limit: ReadLimit): { records: LogRecord[]; next: Offset } {
  const { records } = piece;
  let low = 0;
  let high = records.length;
  if (records[0] === undefined || records[0].offset >= from) high = 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle] as LogRecord).offset < from) low = middle + 1;
    else high = middle;
  }
  let at = low;
  let bytes = 0;
  for (; at < records.length; at += 1) {
    const record = records[at] as LogRecord;
    if (at > low && (at - low >= limit.records || bytes + record.bytes > limit.bytes)) break;
    bytes += record.bytes;
  }
  const stopped = records[at];
  return { records: records.slice(low, at), next: stopped === undefined ? piece.next : stopped.offset };
}

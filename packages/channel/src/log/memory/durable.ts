/**
 * What a memory log has made durable: all that is left of it after a crash. Only whole operations change it, in order.
 */
import type { CursorCommit, CursorState, LogRecord, Offset, Retention, StoredCursors } from '../log.ts';
import { type Hold, holdOf } from '../retention.ts';

/** Records of one partition: those from `head` on are kept; what was trimmed is cut off now and then. */
export class DurablePartition {
  readonly number: number;
  records: LogRecord[] = [];
  #head = 0;
  start: Offset = 0;
  end: Offset = 0;
  bytes = 0;
  lastTimeMs = 0;

  constructor(number: number) {
    this.number = number;
  }

  get count(): number {
    return this.records.length - this.#head;
  }

  get oldest(): LogRecord | undefined {
    return this.records[this.#head];
  }

  add(record: LogRecord): void {
    this.records.push(record);
    this.end = record.offset + 1;
    this.bytes += record.bytes;
    this.lastTimeMs = record.timeMs;
  }

  dropOldest(): void {
    const record = this.records[this.#head];
    if (record === undefined) return;
    this.#head += 1;
    this.bytes -= record.bytes;
    this.start = this.records[this.#head]?.offset ?? this.end;
    if (this.#head > 1024 && this.#head * 2 > this.records.length) {
      this.records = this.records.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Index of the first kept record for which `reached` holds; `reached` must not go back to false. */
  indexOf(reached: (record: LogRecord) => boolean): number {
    let low = this.#head;
    let high = this.records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reached(this.records[middle] as LogRecord)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

export class DurableLog {
  readonly name: string;
  readonly partitions: readonly DurablePartition[];
  retention: Retention;
  readonly cursors = new Map<string, Map<number, CursorState>>();
  readonly readUpTo = new Map<number, Offset>();

  constructor(name: string, partitions: number, retention: Retention) {
    this.name = name;
    this.retention = retention;
    this.partitions = Array.from({ length: partitions }, (_, number) => new DurablePartition(number));
  }

  get bytes(): number {
    return this.partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  }

  apply(change: CursorCommit): void {
    for (const name of change.remove) this.cursors.delete(name);
    for (const state of change.put) {
      const ofCursor = this.cursors.get(state.name) ?? new Map<number, CursorState>();
      ofCursor.set(state.partition, state);
      this.cursors.set(state.name, ofCursor);
    }
    for (const { partition, offset } of change.readUpTo) this.readUpTo.set(partition, offset);
  }

  stored(): StoredCursors {
    return {
      cursors: this.#states(),
      readUpTo: [...this.readUpTo].map(([partition, offset]) => ({ partition, offset })),
    };
  }

  #states(): CursorState[] {
    return [...this.cursors.values()].flatMap((ofCursor) => [...ofCursor.values()]);
  }

  /** `under` are states that are on their way to being stored: they hold too. */
  hold(partition: DurablePartition, under: readonly CursorState[]): Hold {
    const states = [...this.#states(), ...under];
    return holdOf(states, partition.number, this.readUpTo.get(partition.number) ?? 0, partition.end);
  }
}

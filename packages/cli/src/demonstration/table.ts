/** The demonstration's table: a line per trigger, at most 80 characters wide. */
import { renderTable } from '../terminal/table.ts';

/** What the engine counts for one trigger, since it started or since it was last read. */
export interface TriggerCounts {
  readonly matched: number;
  readonly delivered: number;
  readonly retried: number;
  readonly deadLettered: number;
}

export interface TriggerRow extends TriggerCounts {
  readonly trigger: string;
  /** Time of a delivery, its last attempt, in milliseconds. Absent: nothing was delivered. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

const width = 80;

/** Names longer than this are cut: the other columns take 62 characters when each count has eight digits. */
const nameWidth = 18;

export function triggerTable(rows: readonly TriggerRow[]): string {
  return renderTable({
    headers: ['TRIGGER', 'MATCHED', 'DELIVERED', 'RETRIED', 'DEAD-LETTERED', 'P50', 'P99'],
    rows: rows.map((row) => [
      row.trigger.length > nameWidth ? `${row.trigger.slice(0, nameWidth - 1)}…` : row.trigger,
      ...[row.matched, row.delivered, row.retried, row.deadLettered].map(String),
      duration(row.p50Ms),
      duration(row.p99Ms),
    ]),
    right: [1, 2, 3, 4, 5, 6],
    gap: 2,
    width,
  });
}

function duration(ms: number | undefined): string {
  if (ms === undefined) return '-';
  return ms < 10 ? `${ms.toFixed(1)}ms` : ms < 10_000 ? `${Math.round(ms)}ms` : `${(ms / 1_000).toFixed(1)}s`;
}

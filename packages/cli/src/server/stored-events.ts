/** Reading what brokers and channels keep, for `explain`: by position, by id, or the last ones. Bounded work a request. */
import { encodeHttp, type LogRoute } from '@millrace/api';
import type { EventLog, LogRecord, PartitionRange, ReadOutcome } from '@millrace/channel';
import { placeOf } from '../client/places.ts';
import type { ScanLine, StoredEventLine } from '../client/stored-events.ts';

/** Events looked at for one request: enough for `--against last:1000000`, and an end for a search by id. */
const scannedMax = 1_000_000;
/** Events in one read: short enough that others get their turn in between. */
const readLimit = { records: 512, bytes: 4 * 1024 * 1024 };

export type StoredQuery =
  | { readonly kind: 'last'; readonly count: number }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'id'; readonly id: string };

export interface OpenLog {
  readonly route: LogRoute;
  readonly log: EventLog;
}

/** The events a query asks for, then one line that says what was looked at. */
export async function* readStored(
  logs: readonly OpenLog[],
  query: StoredQuery,
): AsyncGenerator<StoredEventLine | ScanLine> {
  let scanned = 0;
  let kept = 0;
  for (const { route, log } of logs) {
    for (const partition of log.partitions) {
      const range = log.range(partition);
      kept += range.end - range.start;
      for await (const record of recordsOf(log, range, query)) {
        if (++scanned > scannedMax) break;
        if (query.kind === 'id' && record.event.attributes['id'] !== query.id) continue;
        yield lineOf(route, record);
      }
    }
  }
  yield { scanned, kept };
}

/** From where a query begins to the end of the partition as it is now, or one record. */
async function* recordsOf(log: EventLog, range: PartitionRange, query: StoredQuery): AsyncGenerator<LogRecord> {
  if (query.kind === 'offset' && (query.offset < range.start || query.offset >= range.end)) return;
  const count = query.kind === 'last' ? query.count : scannedMax;
  let from = query.kind === 'offset' ? query.offset : Math.max(range.start, range.end - count);
  while (from < range.end) {
    const outcome: ReadOutcome = await log.read(
      range.partition,
      from,
      query.kind === 'offset' ? { ...readLimit, records: 1 } : readLimit,
    );
    if (outcome.kind !== 'records' || outcome.next <= from) return;
    for (const record of outcome.records) if (record.offset < range.end) yield record;
    if (query.kind === 'offset') return;
    from = outcome.next;
  }
}

function lineOf(route: LogRoute, record: LogRecord): StoredEventLine {
  return {
    broker: placeOf(route),
    partition: record.partition,
    offset: record.offset,
    time: new Date(record.timeMs).toISOString(),
    event: Buffer.from(encodeHttp(record.event, 'json', [])).toString('utf8'),
  };
}

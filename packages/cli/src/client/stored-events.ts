/** Events that a broker or channel keeps, as the server gives them. */
import { type CloudEvent, decodeHttp } from '@millrace/api';
import { failed } from '../exit.ts';
import type { ApiClient } from './api.ts';

/** One line of `/millrace/v1/events`. `event` is the event in structured mode, as text, so that its bytes stay as they are. */
export interface StoredEventLine {
  readonly broker: string;
  readonly partition: number;
  readonly offset: number;
  readonly time: string;
  readonly event: string;
}

/** The last line: what was looked at and what there is. */
export interface ScanLine {
  readonly scanned: number;
  readonly kept: number;
}

export interface StoredEvent extends Omit<StoredEventLine, 'event'> {
  readonly event: CloudEvent;
}

export type EventQuery = { readonly broker?: string } & (
  | { readonly last: number }
  | { readonly offset: number }
  | { readonly id: string }
);

export async function storedEvents(
  client: ApiClient,
  query: EventQuery,
): Promise<{ readonly events: readonly StoredEvent[]; readonly scan: ScanLine }> {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const events: StoredEvent[] = [];
  let scan: ScanLine = { scanned: 0, kept: 0 };
  for await (const line of client.lines(`/millrace/v1/events?${search}`)) {
    const parsed = JSON.parse(line) as StoredEventLine | ScanLine;
    if ('scanned' in parsed) scan = parsed;
    else events.push({ ...parsed, event: decoded(parsed) });
  }
  return { events, scan };
}

function decoded(line: StoredEventLine): CloudEvent {
  const result = decodeHttp({ 'content-type': 'application/cloudevents+json' }, Buffer.from(line.event));
  if (result.kind !== 'event')
    throw failed(`the server gave event ${line.offset} of ${line.broker} in a form that cannot be read`);
  return result.event;
}

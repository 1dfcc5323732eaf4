/** What a PingSource emits. Source: reference section 6.1. */
import { type DecodedEvent, type Invalid, makeEvent, type PingSourceRoute, pingSourceEventType } from '@millrace/api';
import { overrides } from '../overrides.ts';
import type { Tick } from '../schedule/index.ts';

/** One tick as an event: the data's bytes as they are written, a content type only when the source names one. */
export function toEvent(route: PingSourceRoute, tick: Tick): DecodedEvent | Invalid {
  const { namespace, name, spec } = route;
  const contentType = spec.contentType === '' ? undefined : spec.contentType;
  return makeEvent({
    id: tick.id,
    source: `/apis/v1/namespaces/${namespace}/pingsources/${name}`,
    type: pingSourceEventType,
    time: new Date(tick.timeMs).toISOString(),
    ...(contentType !== undefined && { datacontenttype: contentType }),
    ...overrides(route.ceOverrides),
    data: dataOf(spec),
  });
}

function dataOf({ data, dataBase64 }: PingSourceRoute['spec']): Uint8Array | undefined {
  if (dataBase64 !== undefined && dataBase64 !== '') return Buffer.from(dataBase64, 'base64');
  return data === undefined || data === '' ? undefined : Buffer.from(data, 'utf8');
}

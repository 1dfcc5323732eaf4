/** What a CronJobSource emits. Source: reference section 6.13. */
import {
  type CronJobSourceRoute,
  cronJobSourceEventType,
  type DecodedEvent,
  type Invalid,
  makeEvent,
} from '@millrace/api';
import { overrides } from '../overrides.ts';
import type { Tick } from '../schedule/index.ts';

/** One tick as an event, its data always JSON. */
export function toEvent(route: CronJobSourceRoute, tick: Tick): DecodedEvent | Invalid {
  const { namespace, name, spec } = route;
  return makeEvent({
    id: tick.id,
    source: `/apis/v1/namespaces/${namespace}/cronjobsources/${name}`,
    type: cronJobSourceEventType,
    time: new Date(tick.timeMs).toISOString(),
    datacontenttype: 'application/json',
    ...overrides(route.ceOverrides),
    data: dataOf(spec.data ?? ''),
  });
}

/** JSON text is the body as it is written; any other text becomes the member `body` of an object. */
function dataOf(text: string): Uint8Array {
  return Buffer.from(isJson(text) ? text : JSON.stringify({ body: text }), 'utf8');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

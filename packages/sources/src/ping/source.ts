/** A PingSource: an event at every time its schedule is due. */
import type { PingSourceRoute } from '@millrace/api';
import { startScheduled } from '../schedule/index.ts';
import type { RunningSource, SourcePorts } from '../source.ts';
import { toEvent } from './event.ts';

/** Ticks are spread over half a second: most schedules in the world are due at second 0 (reference section 6.1). */
const spreadMs = 500;

/** Starts the schedule of one PingSource. */
export function start(route: PingSourceRoute, ports: SourcePorts): RunningSource<PingSourceRoute> {
  return startScheduled(route, ports, { toEvent, spreadMs });
}

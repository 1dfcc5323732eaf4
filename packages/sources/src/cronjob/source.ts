/** A CronJobSource: an event at every time its schedule is due. */
import type { CronJobSourceRoute } from '@millrace/api';
import { startScheduled } from '../schedule/index.ts';
import type { RunningSource, SourcePorts } from '../source.ts';
import { toEvent } from './event.ts';

/** The reference's adapter emitted at the tick itself. */
const spreadMs = 0;

/** Starts the schedule of one CronJobSource. */
export function start(route: CronJobSourceRoute, ports: SourcePorts): RunningSource<CronJobSourceRoute> {
  return startScheduled(route, ports, { toEvent, spreadMs });
}

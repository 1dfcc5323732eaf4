/**
 * When a schedule is due. The grammar is checked by `@millrace/api`; croner computes the times.
 *
 * When clocks change, a schedule of fixed times (no `*` and no step in seconds, minutes and hours) neither loses a run nor
 * has one twice: what falls into the missing hour runs at its end, what falls into the repeated hour runs the first time.
 * Every other schedule follows the clock on the wall: it skips the missing hour and runs through both repeated ones.
 * (Knative's library loses the first kind's run in spring and has it twice in autumn.)
 */
import { parseSchedule } from '@millrace/api';
import { Cron } from 'croner';

export interface Schedule {
  /** The first time due after `afterMs`, milliseconds since the epoch; undefined when there is none. */
  next(afterMs: number): number | undefined;
  /** The last time due before `beforeMs`, to the second. */
  previous(beforeMs: number): number | undefined;
}

export type ReadSchedule =
  | { readonly kind: 'ok'; readonly schedule: Schedule }
  | { readonly kind: 'error'; readonly reason: string };

/** A schedule from its text, or which field is wrong and why. `timezone` absent: the zone of the process. */
export function readSchedule(text: string, timezone?: string): ReadSchedule {
  const parsed = parseSchedule(text, timezone);
  if (parsed.kind === 'error') return { kind: 'error', reason: `${parsed.field}: ${parsed.message}` };
  const { pattern, timeZone } = parsed;
  // Given no function, croner sets no timer of its own: it only computes.
  const cron = new Cron(pattern, {
    mode: '5-or-6-parts',
    fixedTimeRule: 'no-wildcard',
    paused: true,
    ...(timeZone !== undefined && { timezone: timeZone }),
  });
  const schedule: Schedule = {
    next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime(),
    previous: (beforeMs) => cron.previousRuns(1, new Date(beforeMs))[0]?.getTime(),
  };
  return { kind: 'ok', schedule };
}

/** What a cursor says of events that its log no longer has. */
import type { Offset } from '../log/log.ts';

/** The log begins after what the cursor should read next. */
export function gone(start: Offset, at: Offset): string {
  return `up to ${start - at} events are gone: the log begins at ${start}, and the next one should have been ${at}`;
}

/** The log ends before what was read already: it was made anew, or cut by its server. */
export function endsBefore(end: Offset, at: Offset): string {
  return `the log ends at ${end}, and the next event should have been ${at}: it was made anew, or its server lost up to ${at - end} events`;
}

/** Said of every cursor that is lost. */
export const howToGoOn =
  'to go on without them, change the annotation millrace.dev/start (earliest: at the first event that is kept; latest: at the end; or a time)';

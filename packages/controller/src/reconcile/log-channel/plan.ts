/** What a LogChannel's status should say. Pure. */
import { type ConditionMark, eventPolicyMarks, logChannelMarks } from '@millrace/api';
import type { ChannelObservation } from '../channelable/observe.ts';
import { addressMarks, channelFields, deadLetterSinkMark } from '../channelable/plan.ts';
import type { StatusPlan } from '../reconciler.ts';

export function planLogChannel(observed: ChannelObservation): StatusPlan {
  return {
    marks: [
      logMark(observed),
      ...addressMarks(observed),
      deadLetterSinkMark(observed),
      eventPolicyMarks.oidcDisabled(),
    ],
    fields: channelFields(observed),
  };
}

function logMark({ backing, log, isServed }: ChannelObservation): ConditionMark {
  if (backing.kind === 'error') return logChannelMarks.logRefused('ConfigNotReadable', backing.message);
  if (log?.kind === 'refused') return logChannelMarks.logRefused(log.reason, log.message);
  if (log?.kind === 'unreachable') return logChannelMarks.logUnreachable(log.reason, log.message);
  // Ready is a promise: who waits for it and then sends an event must find that it is taken.
  return isServed ? logChannelMarks.logReady(log?.warnings) : logChannelMarks.logNotOpen();
}

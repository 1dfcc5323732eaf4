/** What a NatsJetStreamChannel's status should say. Pure. Source: reference section 2.5. */
import { type ConditionMark, channelMarks, eventPolicyMarks, natsJetStreamChannelMarks } from '@millrace/api';
import type { ChannelObservation } from '../channelable/observe.ts';
import { addressMarks, channelFields, deadLetterSinkMark } from '../channelable/plan.ts';
import type { StatusPlan } from '../reconciler.ts';

export function planNatsJetStreamChannel(observed: ChannelObservation): StatusPlan {
  return {
    marks: [
      ...streamMark(observed),
      channelMarks.dispatcherReady(),
      channelMarks.serviceReady(),
      // Ready is a promise: who waits for it and then sends an event must find that it is taken.
      observed.isServed ? channelMarks.endpointsReady() : channelMarks.endpointsNotReady(),
      ...addressMarks(observed),
      deadLetterSinkMark(observed),
      eventPolicyMarks.oidcDisabled(),
    ],
    fields: channelFields(observed),
  };
}

/** None while the server was not asked: what is known stays. */
function streamMark({ backing, log }: ChannelObservation): readonly ConditionMark[] {
  if (backing.kind === 'error') return [natsJetStreamChannelMarks.configFailed(backing.message)];
  if (log === undefined) return [];
  if (log.kind === 'ready') return [natsJetStreamChannelMarks.streamReady(log.warnings)];
  const mark =
    log.kind === 'refused' ? natsJetStreamChannelMarks.streamRefused : natsJetStreamChannelMarks.streamUnreachable;
  return [mark(log.reason, log.message)];
}

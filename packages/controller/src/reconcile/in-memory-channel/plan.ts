/** What an InMemoryChannel's status should say. Pure. Source: reference section 2.3. */
import { channelMarks, eventPolicyMarks, inMemoryChannelMarks } from '@millrace/api';
import type { ChannelObservation } from '../channelable/observe.ts';
import { addressMarks, channelFields, deadLetterSinkMark } from '../channelable/plan.ts';
import type { StatusPlan } from '../reconciler.ts';

export function planInMemoryChannel(observed: ChannelObservation): StatusPlan {
  return {
    marks: [
      channelMarks.dispatcherReady(),
      channelMarks.serviceReady(),
      // Ready is a promise: who waits for it and then sends an event must find that it is taken.
      observed.isServed ? channelMarks.endpointsReady() : channelMarks.endpointsNotReady(),
      ...addressMarks(observed),
      deadLetterSinkMark(observed),
      eventPolicyMarks.oidcDisabled(),
      inMemoryChannelMarks.notDurable(),
    ],
    fields: channelFields(observed),
  };
}

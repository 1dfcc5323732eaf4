/** What a KafkaChannel's status should say. Pure. Source: reference section 2.5. */
import { type ConditionMark, eventPolicyMarks, kafkaChannelMarks, kafkaMarks } from '@millrace/api';
import type { ChannelObservation } from '../channelable/observe.ts';
import { addressMarks, channelFields, deadLetterSinkMark } from '../channelable/plan.ts';
import { configMark, topicMark } from '../kafka-plan.ts';
import type { StatusPlan } from '../reconciler.ts';

export function planKafkaChannel(observed: ChannelObservation): StatusPlan {
  const { backing, log, isServed } = observed;
  const topic = backing.kind === 'ok' && backing.value?.kind === 'kafka' ? backing.value.topic : '';
  return {
    marks: [
      configMark(backing),
      ...topicMark(topic, log),
      // Ready is a promise: who waits for it and then sends an event must find that it is taken.
      ...(isServed ? kafkaMarks.served() : kafkaMarks.notServed()),
      subscribersMark(observed),
      ...addressMarks(observed),
      deadLetterSinkMark(observed),
      eventPolicyMarks.oidcDisabled(),
    ],
    fields: channelFields(observed),
  };
}

function subscribersMark({ subscribers }: ChannelObservation): ConditionMark {
  const waiting = subscribers.filter(({ isServed }) => !isServed).length;
  if (waiting === 0) return kafkaChannelMarks.subscribersReady();
  return kafkaChannelMarks.subscribersNotReady(`${waiting} of ${subscribers.length} subscribers are not served yet`);
}

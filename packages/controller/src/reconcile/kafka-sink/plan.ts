/** What a KafkaSink's status should say, and what goes with it. Pure. Source: reference sections 2.5 and 6.10. */
import {
  addressMarks,
  eventPolicyMarks,
  kafkaMarks,
  kafkaSinkPath,
  makesTopic,
  topicOwnerAnnotation,
  topicOwnerController,
  topicOwnerExternal,
} from '@millrace/api';
import { configMark, topicMark } from '../kafka-plan.ts';
import { isThere, type Removal } from '../log-keeper.ts';
import type { StatusPlan } from '../reconciler.ts';
import type { KafkaSinkObservation } from './observe.ts';

export function planKafkaSink(observed: KafkaSinkObservation): StatusPlan {
  const { sink, backing, log, baseUrl, isServed } = observed;
  const { namespace = '', name } = sink.metadata;
  const address = { name: 'http', url: `${baseUrl}${kafkaSinkPath(namespace, name)}` };
  // Without a topic there is nothing at the address: who means to send there has to wait.
  const isReached = isThere(backing, log, sink.status, topicOwnerAnnotation);
  const owner = ownerOf(observed);
  const annotations = {
    ...sink.status?.annotations,
    ...(owner === undefined ? {} : { [topicOwnerAnnotation]: owner }),
  };
  return {
    marks: [
      configMark(backing),
      ...topicMark(sink.spec.topic, log),
      // Ready is a promise: who waits for it and then sends an event must find that it is taken.
      ...(isServed === false || !isReached ? kafkaMarks.notServed() : kafkaMarks.served()),
      isReached ? addressMarks.set() : addressMarks.missing(),
      eventPolicyMarks.oidcDisabled(),
    ],
    fields: {
      address: isReached ? address : undefined,
      addresses: isReached ? [address] : undefined,
      annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
    },
  };
}

/**
 * Who made the topic, once that is known: a topic that was there before the sink is somebody else's, even when the sink says
 * how it would make one. Undefined: not known yet.
 */
function ownerOf({ sink, log }: KafkaSinkObservation): string | undefined {
  const known = sink.status?.annotations?.[topicOwnerAnnotation];
  if (!makesTopic(sink)) return topicOwnerExternal;
  if (known !== undefined || log?.kind !== 'ready') return known;
  return log.made ? topicOwnerController : topicOwnerExternal;
}

/** The topic goes with the sink when we made it. */
export function removalOfKafkaSink({ sink, backing }: KafkaSinkObservation): Removal {
  const isOurs = sink.status?.annotations?.[topicOwnerAnnotation] === topicOwnerController;
  if (!isOurs) return { kind: 'none' };
  if (backing.kind === 'ok') return { kind: 'log', backing: backing.value };
  return { kind: 'unknown', what: `topic ${sink.spec.topic}`, why: backing.message };
}

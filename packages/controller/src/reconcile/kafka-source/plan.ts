/** What a KafkaSource's status should say. Pure. Source: reference sections 2.5 and 6.9. */
import {
  type ConditionMark,
  kafkaEventSource,
  kafkaSourceEventType,
  kafkaSourceMarks,
  type LogAdminOutcome,
  topicsOf,
} from '@millrace/api';
import { stalledBecause } from '../delivery-progress.ts';
import type { StatusPlan } from '../reconciler.ts';
import { markOfSink, sinkFields } from '../source-plan.ts';
import type { KafkaSourceObservation } from './observe.ts';

export function planKafkaSource(observed: KafkaSourceObservation): StatusPlan {
  const { source, sink, deadLetterSink } = observed;
  const { namespace = 'default', name } = source.metadata;
  const attributes = topicsOf(source).map((topic) => ({
    type: kafkaSourceEventType,
    source: kafkaEventSource(namespace, name, topic),
  }));
  const deadLetters = deadLetterSink?.kind === 'resolved' ? deadLetterSink.destination : undefined;
  return {
    marks: [markOfSink(sink), markOfGroup(observed)],
    fields: {
      ...sinkFields(sink, attributes),
      deadLetterSinkUri: deadLetters?.url,
      deadLetterSinkCACerts: deadLetters?.caCerts,
      deadLetterSinkAudience: deadLetters?.audience,
      consumers: source.spec.consumers ?? 1,
    },
  };
}

/** Why the topics cannot be read comes before everything else; then where dead letters go. */
function markOfGroup({ source, backings, logs = [], deadLetterSink, isServed }: KafkaSourceObservation): ConditionMark {
  const failed = backings.find((backing) => backing.kind === 'error');
  if (failed?.kind === 'error') return kafkaSourceMarks.authFailed(failed.message);
  const refused = logs.find((log) => log.kind === 'refused');
  if (refused?.kind === 'refused') return kafkaSourceMarks.topicFailed(refused.reason, refused.message);
  const silent = logs.find((log) => log.kind === 'unreachable');
  if (silent?.kind === 'unreachable') return kafkaSourceMarks.topicUnknown(silent.reason, silent.message);
  if (deadLetterSink?.kind === 'unresolved') return kafkaSourceMarks.deadLetterSinkUnresolved(deadLetterSink.reason);
  if (source.spec.consumers === 0) return kafkaSourceMarks.resting();
  const why = stalledBecause(source);
  if (isServed !== false && why !== undefined) return kafkaSourceMarks.stalled(why);
  // Ready is a promise: a record that is written then must be read, wherever the source begins.
  return isServed === false ? kafkaSourceMarks.notServed() : kafkaSourceMarks.consuming(warningsOf(logs));
}

function warningsOf(logs: readonly LogAdminOutcome[]): string {
  return logs.flatMap((log) => (log.kind === 'ready' ? log.warnings : [])).join(' ');
}

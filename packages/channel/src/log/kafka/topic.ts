/** The topic of a log that we make, and what its log needs of it. */
import type { KafkaBacking } from '@millrace/api';
import type { NewTopic } from '@millrace/runtime';
import type { Retention } from '../log.ts';

/** The largest event (10 MiB, structured in base64) with its attributes: Kafka's own limit of 1 MiB would refuse it. */
const messageBytesMax = 16 * 1_048_576;

/**
 * What a manifest says comes first. Times are the broker's, so that they do not shrink whatever the clocks of processes say.
 * The size of the topic is not limited: Kafka would take what a cursor has not settled, where other logs push back.
 */
export function newTopicOf(backing: KafkaBacking, retention?: Retention): NewTopic {
  const { topic, partitions, replicationFactor, topicConfig } = backing;
  const config: Record<string, string> = {
    'max.message.bytes': String(messageBytesMax),
    'message.timestamp.type': 'LogAppendTime',
    ...(retention && { 'retention.ms': String(retention.ageMs) }),
    ...topicConfig,
  };
  return { name: topic, partitions, replicationFactor, config };
}

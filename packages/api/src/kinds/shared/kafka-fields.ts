/** Rules that objects with a place in a Kafka cluster share: topics and servers. */
import { type FieldError, type FieldPath, invalidValue, missingField } from '../field-error.ts';
import { isKafkaServer, splitServers } from './kafka-auth.ts';

/** What Kafka takes for the name of a topic. */
const topicShape = /^[A-Za-z0-9._-]{1,249}$/;

/** Whether Kafka takes a text for the name of a topic. */
function isTopicName(topic: string): boolean {
  return topicShape.test(topic) && topic !== '.' && topic !== '..';
}

export function validateTopic(topic: string | undefined, at: FieldPath): FieldError[] {
  if ((topic ?? '') === '') return [missingField(at)];
  if (isTopicName(topic ?? '')) return [];
  return [
    invalidValue(topic, at, 'expected the name of a topic: up to 249 letters, digits, dots, dashes, underscores'),
  ];
}

/** Each entry is a server, or several with commas in between. */
export function validateServers(servers: readonly string[] | undefined, at: FieldPath): FieldError[] {
  if (servers === undefined || servers.length === 0) return [missingField(at)];
  return servers.flatMap((entry, index) => {
    const parts = splitServers(entry);
    if (parts.length > 0 && parts.every(isKafkaServer)) return [];
    return [invalidValue(entry, [...at, index], 'expected host:port, such as kafka.example:9092')];
  });
}

/** The servers of a list whose entries may hold several. */
export function serversOf(entries: readonly string[]): readonly string[] {
  return [...new Set(entries.flatMap(splitServers))];
}

/** What can go wrong with Kafka, as a value: which error it is, whether trying again helps, and what a person is told. */
import { protocolErrorsCodesById } from '@platformatic/kafka';
import type { KafkaFailure } from './port.ts';

/** Thrown within this folder only; the port gives it as an outcome (K1). */
export class KafkaError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The leader is another one by now, or there is none yet: metadata is read again. */
const staleMetadata = new Set([
  ...['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_OR_FOLLOWER', 'FENCED_LEADER_EPOCH'],
  ...['UNKNOWN_LEADER_EPOCH', 'KAFKA_STORAGE_ERROR', 'UNKNOWN_TOPIC_ID', 'REPLICA_NOT_AVAILABLE', 'UNREACHABLE'],
]);
const passing = new Set([
  ...['REQUEST_TIMED_OUT', 'NETWORK_EXCEPTION', 'NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'],
  ...['COORDINATOR_LOAD_IN_PROGRESS', 'THROTTLING_QUOTA_EXCEEDED', 'OFFSET_NOT_AVAILABLE', 'CORRUPT_MESSAGE'],
  ...['UNSTABLE_OFFSET_COMMIT', 'CONCURRENT_TRANSACTIONS'],
]);
const movedCoordinator = new Set(['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'UNREACHABLE']);

export const needsMetadata = (code: string): boolean => staleMetadata.has(code);
export const needsCoordinator = (code: string): boolean => movedCoordinator.has(code);
export const isPassing = (code: string): boolean =>
  passing.has(code) || staleMetadata.has(code) || movedCoordinator.has(code);

/** Kafka's name of an error number. */
export function errorName(code: number): string {
  return protocolErrorsCodesById[code] ?? `ERROR_${code}`;
}

const advice: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'the topic or partition is not there',
  TOPIC_AUTHORIZATION_FAILED: 'the user may not use the topic: give it read, write and describe on it',
  GROUP_AUTHORIZATION_FAILED: 'the user may not use the consumer group: give it read on it',
  CLUSTER_AUTHORIZATION_FAILED: 'the user may not do this: give it the right on the cluster',
  NOT_ENOUGH_REPLICAS: 'fewer replicas are in sync than min.insync.replicas asks for: bring the other nodes back',
  MESSAGE_TOO_LARGE: 'the event is larger than the topic takes: raise max.message.bytes of the topic',
  RECORD_LIST_TOO_LARGE: 'the event is larger than the topic takes: raise max.message.bytes of the topic',
  OFFSET_METADATA_TOO_LARGE: 'the state of a cursor is larger than offset.metadata.max.bytes of the cluster',
  UNKNOWN_MEMBER_ID: 'the consumer group has members of its own, or this process was put out of it',
  OFFSET_OUT_OF_RANGE: 'the topic does not have that offset',
};

/** An error Kafka answered with; `words` are its own, where it has any. */
export function answered(code: number | string, what: string, words?: string): KafkaError {
  const name = typeof code === 'number' ? errorName(code) : code;
  const more = advice[name] ?? words;
  return new KafkaError(name, `${what}: Kafka answers ${name}${more === undefined ? '' : ` (${more})`}`);
}

interface Described {
  readonly code?: unknown;
  readonly apiId?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** What the client library threw, with everything that is in it. */
export function asKafkaError(error: unknown, what: string): KafkaError {
  if (error instanceof KafkaError) return error;
  const causes = causesOf(error);
  const protocol = causes.find((cause) => typeof cause.apiId === 'string');
  if (protocol !== undefined) {
    const denied = protocol.apiId === 'SASL_AUTHENTICATION_FAILED' || protocol.apiId === 'UNSUPPORTED_SASL_MECHANISM';
    return denied ? unauthenticated(what) : answered(String(protocol.apiId), what);
  }
  if (causes.some((cause) => cause.code === 'PLT_KFK_AUTHENTICATION')) return unauthenticated(what);
  const last = causes.at(-1);
  return new KafkaError('UNREACHABLE', `${what}: ${String(last?.message ?? error)}`);
}

function unauthenticated(what: string): KafkaError {
  return new KafkaError('UNAUTHENTICATED', `${what}: Kafka refuses the user or password, or the SASL mechanism`);
}

/** Causes are followed so deep; libraries nest three or four. */
const CAUSES_DEEP = 8;

function causesOf(error: unknown, deep = CAUSES_DEEP): Described[] {
  if (typeof error !== 'object' || error === null || deep === 0) return [];
  const described = error as Described;
  const inner = [...(described.errors ?? []), described.cause].flatMap((cause) => causesOf(cause, deep - 1));
  return [described, ...inner];
}

export function failure(error: KafkaError): KafkaFailure {
  return { kind: 'failed', code: error.code, reason: error.message };
}

/**
 * What is done to an event on its way out of the log: nothing but to take a Broker's TTL away, to give it back to a reply,
 * to set what a source overrides, and to say on a dead letter why it is one.
 * Source: reference 3.3 (TTL), 3.5 (reply), 4.3 (dead-letter extensions), 11.3 (`kne-` headers); design section 7.
 */
import {
  type CloudEvent,
  type DeliveryPolicy,
  type LogRoute,
  type NonStringType,
  newAttributes,
  type SubscriptionRoute,
  withAttributes,
} from '@millrace/api';
import type { Held } from './held.ts';

const TTL = 'knativebrokerttl';
/** Bytes of the failing answer that go into `knativeerrordata`, before base64. */
const ERROR_DATA_BYTES = 1_024;
/** What `knativeerrorcode` says when there was no answer at all. */
const NO_ANSWER_CODE = 500;

/** How the last attempt failed, in the terms of a dead letter. */
export interface Failure {
  /** URL of the subscriber, the dead letter sink, or the destination of the reply. */
  readonly destination: string;
  readonly error: string;
  /** Absent when there was no answer. */
  readonly statusCode?: number;
  readonly body?: Uint8Array;
  /** What the answer asked to be set on a dead letter: its headers `kne-<name>`. */
  readonly extensions?: Readonly<Record<string, string>>;
}

/** The event as it leaves for a subscriber or a dead letter sink. */
export function eventFor(log: LogRoute, { extensions }: SubscriptionRoute, held: Held): CloudEvent {
  // Only Brokers wrote a TTL on it: what passes a channel is not touched.
  const event = log.kind === 'Broker' ? held.event : held.record.event;
  return extensions === undefined ? event : withAttributes(event, extensions);
}

/** The event without `knativebrokerttl`; the same object when it has none. */
export function withoutTtl(event: CloudEvent): CloudEvent {
  if (event.attributes[TTL] === undefined) return event;
  // Not copied and deleted: that makes a slow object of the attributes, for each event and everybody who reads them.
  const attributes = newAttributes();
  for (const name in event.attributes) if (name !== TTL) attributes[name] = event.attributes[name];
  const { specversion, nonString: typed, data, dataForm } = event;
  // Nearly every event is like this.
  if (typed === undefined && dataForm === undefined && data !== undefined) return { specversion, attributes, data };
  if (typed?.[TTL] === undefined) return { ...event, attributes };
  const nonString = copyOf(typed);
  delete nonString[TTL];
  return { ...event, attributes, nonString };
}

/** The reply with the TTL the event came with, so that a circle of replies ends. Storing it takes one off. */
export function replyWithTtl(reply: CloudEvent, original: CloudEvent): CloudEvent {
  const ttl = original.attributes[TTL];
  if (ttl === undefined) return reply;
  const attributes = copyOf(reply.attributes);
  attributes[TTL] = ttl;
  return { ...reply, attributes };
}

/** The event with the extensions that say why it is a dead letter. `knativeerrordata` is left out for an empty answer. */
export function deadLetterEvent(event: CloudEvent, failure: Failure): CloudEvent {
  const attributes = copyOf(event.attributes);
  const nonString: { [name: string]: NonStringType | undefined } = copyOf(event.nonString ?? {});
  for (const [name, value] of Object.entries(failure.extensions ?? {})) {
    attributes[name] = value;
    delete nonString[name];
  }
  attributes['knativeerrordest'] = failure.destination;
  attributes['knativeerrorcode'] = String(failure.statusCode ?? NO_ANSWER_CODE);
  nonString['knativeerrorcode'] = 'Integer';
  const data = failure.body ?? noAnswerData(failure);
  delete attributes['knativeerrordata'];
  if (data.byteLength > 0) attributes['knativeerrordata'] = firstBytes(data).toString('base64');
  return { ...event, attributes, nonString };
}

export function firstBytes(body: Uint8Array): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, ERROR_DATA_BYTES));
}

/** Binary unless `delivery.format` says otherwise; unset: as the event came. */
export function formatOf(event: CloudEvent, policy: DeliveryPolicy): 'json' | 'binary' {
  return policy.format ?? (event.dataForm === undefined ? 'binary' : 'json');
}

function noAnswerData(failure: Failure): Uint8Array {
  return failure.statusCode === undefined ? Buffer.from(`dispatch error: ${failure.error}`) : new Uint8Array(0);
}

/** Without a prototype: any attribute name is safe. */
function copyOf<T>(record: { readonly [name: string]: T }): { [name: string]: T } {
  return Object.assign(Object.create(null), record);
}

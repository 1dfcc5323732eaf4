/**
 * Annotations with a meaning: their names, their values, and errors that name them.
 *
 * Source: design section 4 (position and flow control), section 6 (consumers in local mode); reference sections 1.2 and 1.3.
 */
import { durationMsMax, parseDuration } from '../delivery/index.ts';
import { isTimestamp } from '../event/index.ts';
import type { DeliveryOrder, StartPosition } from '../routing/table.ts';
import { type FieldError, fieldError, invalidValue } from './field-error.ts';
import { nearestName } from './nearest.ts';
import { isHttpUrl } from './shared/destination.ts';
import { parseQuantity } from './shared/quantity.ts';

export const brokerClassAnnotation = 'eventing.knative.dev/broker.class';
export const dependencyAnnotation = 'knative.dev/dependency';
export const injectionAnnotation = 'eventing.knative.dev/injection';
export const deliveryOrderAnnotation = 'kafka.eventing.knative.dev/delivery.order';
export const startAnnotation = 'millrace.dev/start';
export const pausedAnnotation = 'millrace.dev/paused';
export const maxInFlightAnnotation = 'millrace.dev/max-in-flight';
export const rateLimitAnnotation = 'millrace.dev/rate-limit';
export const retentionAnnotation = 'millrace.dev/retention';
export const retentionBytesAnnotation = 'millrace.dev/retention-bytes';
export const urlAnnotation = 'millrace.dev/url';
export const commandAnnotation = 'millrace.dev/command';

/** The label by which Triggers of a Broker are found. */
export const brokerLabel = 'eventing.knative.dev/broker';

/**
 * The most deliveries one Trigger may have under way. Each holds a socket and an event: with a thousand, one Trigger
 * stays within the file descriptors a process usually gets (1,024 and more) and within a gigabyte of 1 MiB events.
 */
export const maxInFlightMax = 1_000;

/** A million a second is above what one process delivers: a higher limit is none, and surely a slip. */
export const ratePerSecondMax = 1_000_000;

export type AnnotationResult<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** `expected` says what the value should have been; `message` is the whole sentence and names the annotation. */
  | { readonly kind: 'error'; readonly expected: string; readonly message: string };

function ok<T>(value: T): AnnotationResult<T> {
  return { kind: 'ok', value };
}

function wrong(annotation: string, value: string, expected: string): AnnotationResult<never> {
  return { kind: 'error', expected, message: `annotation ${annotation}: ${expected}, got ${JSON.stringify(value)}` };
}

/** Where a new cursor begins. */
export function parseStart(value: string): AnnotationResult<StartPosition> {
  if (value === 'latest' || value === 'earliest') return ok({ kind: value });
  // `Date.parse` alone takes 31 February for a day of March.
  const timeMs = isTimestamp(value) ? Date.parse(value.toUpperCase()) : Number.NaN;
  if (!Number.isNaN(timeMs)) return ok({ kind: 'time', timeMs });
  return wrong(startAnnotation, value, 'expected "latest", "earliest" or a time such as 2026-01-31T09:30:00Z');
}

/** Whether deliveries of a Trigger rest. */
export function parsePaused(value: string): AnnotationResult<boolean> {
  if (value === 'true' || value === 'false') return ok(value === 'true');
  return wrong(pausedAnnotation, value, 'expected "true" or "false"');
}

/** Deliveries of a Trigger under way at once, at most. */
export function parseMaxInFlight(value: string): AnnotationResult<number> {
  const count = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= maxInFlightMax) return ok(count);
  return wrong(maxInFlightAnnotation, value, `expected a whole number from 1 to ${maxInFlightMax}`);
}

/** Deliveries per second: `50`, `0.5` or `50/s`. */
export function parseRateLimit(value: string): AnnotationResult<number> {
  const digits = /^(\d{1,9}(?:\.\d{1,9})?)(?:\/s)?$/.exec(value)?.[1];
  const rate = Number(digits ?? 0);
  if (rate > 0 && rate <= ratePerSecondMax) return ok(rate);
  return wrong(
    rateLimitAnnotation,
    value,
    `expected deliveries per second, more than 0 and at most ${ratePerSecondMax}, such as 50 or 0.5/s`,
  );
}

/** Whether events of one partition key are delivered one after the other. */
export function parseDeliveryOrder(value: string): AnnotationResult<DeliveryOrder> {
  if (value === 'ordered' || value === 'unordered') return ok(value);
  return wrong(deliveryOrderAnnotation, value, 'expected "ordered" or "unordered"');
}

/** How long a Broker's log keeps events, in milliseconds. */
export function parseRetention(value: string): AnnotationResult<number> {
  const parsed = parseDuration(value);
  if (parsed.kind === 'ok' && parsed.ms > 0 && parsed.ms <= durationMsMax) return ok(parsed.ms);
  return wrong(retentionAnnotation, value, 'expected an ISO 8601 duration greater than zero, such as P7D or PT12H');
}

/** How much a Broker's log keeps, in bytes. */
export function parseRetentionBytes(value: string): AnnotationResult<number> {
  const bytes = parseQuantity(value);
  if (bytes !== undefined && bytes >= 1 && Number.isSafeInteger(bytes)) return ok(bytes);
  return wrong(retentionBytesAnnotation, value, 'expected a number of bytes greater than zero, such as 512Mi or 1Gi');
}

/** Where a consumer listens in local mode. */
export function parseConsumerUrl(value: string): AnnotationResult<string> {
  const url = isHttpUrl(value) ? new URL(value) : undefined;
  if (url !== undefined && url.username === '' && url.password === '') return ok(value);
  return wrong(
    urlAnnotation,
    value,
    'expected an absolute http or https URL without user name, such as http://localhost:3000',
  );
}

/** How a consumer is started in local mode: words, or a line for the shell. */
export type ConsumerCommand =
  | { readonly kind: 'words'; readonly words: readonly [string, ...string[]] }
  | { readonly kind: 'shell'; readonly line: string };

/** A JSON array of strings is taken word by word; any other text is a line for the shell. */
export function parseConsumerCommand(value: string): AnnotationResult<ConsumerCommand> {
  const expected = 'expected a command line such as "node server.js" or a JSON array of its words';
  const line = value.trim();
  if (line === '' || value.includes('\0')) return wrong(commandAnnotation, value, expected);
  if (!line.startsWith('[')) return ok({ kind: 'shell', line });
  const words = parseJson(line);
  if (!Array.isArray(words)) return wrong(commandAnnotation, value, expected);
  const [program, ...rest] = words.filter((word): word is string => typeof word === 'string');
  if (program === undefined || program === '' || rest.length + 1 !== words.length) {
    return wrong(commandAnnotation, value, expected);
  }
  return ok({ kind: 'words', words: [program, ...rest] });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The annotations that have a meaning on a kind, each with the function that reads it. */
export type AnnotationParsers = { readonly [annotation: string]: (value: string) => AnnotationResult<unknown> };

/** Of Brokers and channels: both keep events. */
export const brokerAnnotations: AnnotationParsers = {
  [retentionAnnotation]: parseRetention,
  [retentionBytesAnnotation]: parseRetentionBytes,
};

/** Of Triggers and Subscriptions: both are cursors. */
export const triggerAnnotations: AnnotationParsers = {
  [startAnnotation]: parseStart,
  [pausedAnnotation]: parsePaused,
  [maxInFlightAnnotation]: parseMaxInFlight,
  [rateLimitAnnotation]: parseRateLimit,
  [deliveryOrderAnnotation]: parseDeliveryOrder,
};

/** What holds for the cursors of a KafkaSource; its order and its beginning are fields, and `start` moves it on. */
export const kafkaSourceAnnotations: AnnotationParsers = {
  [startAnnotation]: parseStart,
  [pausedAnnotation]: parsePaused,
  [maxInFlightAnnotation]: parseMaxInFlight,
  [rateLimitAnnotation]: parseRateLimit,
};

export const serviceAnnotations: AnnotationParsers = {
  [urlAnnotation]: parseConsumerUrl,
  [commandAnnotation]: parseConsumerCommand,
};

const ourPrefix = 'millrace.dev/';

/**
 * Checks the annotations of an object: the values of those with a meaning, and names of ours that look like a slip of one
 * of them. Any other annotation is free, as everywhere in Kubernetes.
 */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  parsers: AnnotationParsers,
): FieldError[] {
  const errors: FieldError[] = [];
  const ours = Object.keys(parsers).filter((name) => name.startsWith(ourPrefix));
  for (const [name, value] of Object.entries(annotations ?? {})) {
    const at = ['metadata', 'annotations', name];
    const parse = Object.hasOwn(parsers, name) ? parsers[name] : undefined;
    if (parse !== undefined) {
      const result = parse(value);
      if (result.kind === 'error') errors.push(invalidValue(value, at, result.expected));
    } else if (name.startsWith(ourPrefix)) {
      const near = nearestName(
        name.slice(ourPrefix.length),
        ours.map((known) => known.slice(ourPrefix.length)),
      );
      if (near !== undefined) errors.push(fieldError(`unknown annotation; did you mean "${ourPrefix}${near}"?`, [at]));
    }
  }
  return errors;
}

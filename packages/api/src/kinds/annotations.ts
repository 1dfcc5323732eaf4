/**
 * Annotations with a meaning: their names, their values, and errors that name them.
 *
 * Source: design section 4 (position and flow control), section 6 (consumers in local mode); reference sections 1.2 and 1.3.
 */
import { MAX_DURATION_MS, parseDuration } from '../delivery/index.ts';
import type { DeliveryOrder, StartPosition } from '../routing/table.ts';
import { type FieldError, fieldError, invalidValue } from './field-error.ts';
import { nearestName } from './nearest.ts';
import { isHttpUrl } from './shared/destination.ts';
import { parseQuantity } from './shared/quantity.ts';

export const BROKER_CLASS_ANNOTATION = 'eventing.knative.dev/broker.class';
export const DEPENDENCY_ANNOTATION = 'knative.dev/dependency';
export const INJECTION_ANNOTATION = 'eventing.knative.dev/injection';
export const DELIVERY_ORDER_ANNOTATION = 'kafka.eventing.knative.dev/delivery.order';
export const START_ANNOTATION = 'millrace.dev/start';
export const PAUSED_ANNOTATION = 'millrace.dev/paused';
export const MAX_IN_FLIGHT_ANNOTATION = 'millrace.dev/max-in-flight';
export const RATE_LIMIT_ANNOTATION = 'millrace.dev/rate-limit';
export const RETENTION_ANNOTATION = 'millrace.dev/retention';
export const RETENTION_BYTES_ANNOTATION = 'millrace.dev/retention-bytes';
export const URL_ANNOTATION = 'millrace.dev/url';
export const COMMAND_ANNOTATION = 'millrace.dev/command';

/** The label by which Triggers of a Broker are found. */
export const BROKER_LABEL = 'eventing.knative.dev/broker';

/**
 * The most deliveries one Trigger may have under way. Each holds a socket and an event: with a thousand, one Trigger
 * stays within the file descriptors a process usually gets (1,024 and more) and within a gigabyte of 1 MiB events.
 */
export const MAX_MAX_IN_FLIGHT = 1_000;

/** A million a second is above what one process delivers: a higher limit is none, and surely a slip. */
export const MAX_RATE_PER_SECOND = 1_000_000;

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

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Where a new cursor begins. */
export function parseStart(value: string): AnnotationResult<StartPosition> {
  if (value === 'latest' || value === 'earliest') return ok({ kind: value });
  const timeMs = RFC_3339.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(timeMs)) return ok({ kind: 'time', timeMs });
  return wrong(START_ANNOTATION, value, 'expected "latest", "earliest" or a time such as 2026-01-31T09:30:00Z');
}

export function parsePaused(value: string): AnnotationResult<boolean> {
  if (value === 'true' || value === 'false') return ok(value === 'true');
  return wrong(PAUSED_ANNOTATION, value, 'expected "true" or "false"');
}

export function parseMaxInFlight(value: string): AnnotationResult<number> {
  const count = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= MAX_MAX_IN_FLIGHT) return ok(count);
  return wrong(MAX_IN_FLIGHT_ANNOTATION, value, `expected a whole number from 1 to ${MAX_MAX_IN_FLIGHT}`);
}

/** Deliveries per second: `50`, `0.5` or `50/s`. */
export function parseRateLimit(value: string): AnnotationResult<number> {
  const digits = /^(\d{1,9}(?:\.\d{1,9})?)(?:\/s)?$/.exec(value)?.[1];
  const rate = Number(digits ?? 0);
  if (rate > 0 && rate <= MAX_RATE_PER_SECOND) return ok(rate);
  return wrong(
    RATE_LIMIT_ANNOTATION,
    value,
    `expected deliveries per second, more than 0 and at most ${MAX_RATE_PER_SECOND}, such as 50 or 0.5/s`,
  );
}

export function parseDeliveryOrder(value: string): AnnotationResult<DeliveryOrder> {
  if (value === 'ordered' || value === 'unordered') return ok(value);
  return wrong(DELIVERY_ORDER_ANNOTATION, value, 'expected "ordered" or "unordered"');
}

/** How long a Broker's log keeps events, in milliseconds. */
export function parseRetention(value: string): AnnotationResult<number> {
  const parsed = parseDuration(value);
  if (parsed.kind === 'ok' && parsed.ms > 0 && parsed.ms <= MAX_DURATION_MS) return ok(parsed.ms);
  return wrong(RETENTION_ANNOTATION, value, 'expected an ISO 8601 duration greater than zero, such as P7D or PT12H');
}

/** How much a Broker's log keeps, in bytes. */
export function parseRetentionBytes(value: string): AnnotationResult<number> {
  const bytes = parseQuantity(value);
  if (bytes !== undefined && bytes >= 1 && Number.isSafeInteger(bytes)) return ok(bytes);
  return wrong(RETENTION_BYTES_ANNOTATION, value, 'expected a number of bytes greater than zero, such as 512Mi or 1Gi');
}

/** Where a consumer listens in local mode. */
export function parseConsumerUrl(value: string): AnnotationResult<string> {
  const url = isHttpUrl(value) ? new URL(value) : undefined;
  if (url !== undefined && url.username === '' && url.password === '') return ok(value);
  return wrong(
    URL_ANNOTATION,
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
  if (line === '' || value.includes('\0')) return wrong(COMMAND_ANNOTATION, value, expected);
  if (!line.startsWith('[')) return ok({ kind: 'shell', line });
  const words = parseJson(line);
  if (!Array.isArray(words)) return wrong(COMMAND_ANNOTATION, value, expected);
  const [program, ...rest] = words.filter((word): word is string => typeof word === 'string');
  if (program === undefined || program === '' || rest.length + 1 !== words.length) {
    return wrong(COMMAND_ANNOTATION, value, expected);
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

export const brokerAnnotations: AnnotationParsers = {
  [RETENTION_ANNOTATION]: parseRetention,
  [RETENTION_BYTES_ANNOTATION]: parseRetentionBytes,
};

export const triggerAnnotations: AnnotationParsers = {
  [START_ANNOTATION]: parseStart,
  [PAUSED_ANNOTATION]: parsePaused,
  [MAX_IN_FLIGHT_ANNOTATION]: parseMaxInFlight,
  [RATE_LIMIT_ANNOTATION]: parseRateLimit,
  [DELIVERY_ORDER_ANNOTATION]: parseDeliveryOrder,
};

export const serviceAnnotations: AnnotationParsers = {
  [URL_ANNOTATION]: parseConsumerUrl,
  [COMMAND_ANNOTATION]: parseConsumerCommand,
};

const OURS = 'millrace.dev/';

/**
 * Checks the annotations of an object: the values of those with a meaning, and names of ours that look like a slip of one
 * of them. Any other annotation is free, as everywhere in Kubernetes.
 */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  parsers: AnnotationParsers,
): FieldError[] {
  const errors: FieldError[] = [];
  const ours = Object.keys(parsers).filter((name) => name.startsWith(OURS));
  for (const [name, value] of Object.entries(annotations ?? {})) {
    const at = ['metadata', 'annotations', name];
    const parse = Object.hasOwn(parsers, name) ? parsers[name] : undefined;
    if (parse !== undefined) {
      const result = parse(value);
      if (result.kind === 'error') errors.push(invalidValue(value, at, result.expected));
    } else if (name.startsWith(OURS)) {
      const near = nearestName(
        name.slice(OURS.length),
        ours.map((known) => known.slice(OURS.length)),
      );
      if (near !== undefined) errors.push(fieldError(`unknown annotation; did you mean "${OURS}${near}"?`, [at]));
    }
  }
  return errors;
}

/** Limits of emitting, each with its reason. */
import type { DeliveryPolicy } from '@millrace/api';

/**
 * How often and how long an event is tried: five retries, exponential from 50 ms (reference section 6.1), so that a sink that
 * restarts within a second and a half loses nothing. Retry-After is honoured up to 30 s (design section 7).
 */
export const emitPolicy: DeliveryPolicy = {
  retryMax: 5,
  backoffPolicy: 'exponential',
  backoffDelayMs: 50,
  timeoutMs: 10_000,
  retryAfterMaxMs: 30_000,
};

/** All attempts and waits of one event together: long enough for one honoured Retry-After and the retries after it. */
export const deadlineMsDefault = 120_000;

/** Events under way at once: a hung sink holds each for the deadline, and a source beyond this rate has to be told. */
export const pendingEventsMax = 1_000;

/** Bytes of events under way at once: six payloads of the largest size GitHub sends (25 MiB) do not fit, two do. */
export const pendingBytesMax = 64 * 1024 * 1024;

/** Connections to one origin: enough for a round trip of 10 ms at 1,000 events/s, few enough to be no load. */
export const connectionsMax = 16;

/** Connection pools with certificates of their own. Rotated certificates leave old pools behind: the oldest is closed. */
export const trustPoolsMax = 32;

/** Bytes of a refusing answer that are quoted as the reason. */
export const reasonBytesMax = 256;

/** Bytes of an answer that are read to keep the connection; a longer answer costs the connection instead. */
export const answerBytesMax = 64 * 1024;

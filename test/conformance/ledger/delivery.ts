/** What becomes of a delivery: attempts, waits, replies that fail, dead letters. */
import { type Clause, must } from './clause.ts';

const cases = '§12.2 Delivery';
const letters = '§12.2 BrokerDeadLetterSinkExtensions';
const table = '§4.2, §13 retry table';
const precedence = '§4.4';

/** Attempts with `retry: 2` for an answer that stays the same. */
export const statusRows: readonly (readonly [status: number, attempts: number])[] = [
  [200, 1],
  [201, 1],
  [202, 1],
  [204, 1],
  [206, 1],
  [300, 1],
  [301, 1],
  [302, 1],
  [303, 1],
  [304, 1],
  [400, 1],
  [401, 1],
  [403, 1],
  [404, 3],
  [405, 1],
  [406, 1],
  [408, 3],
  [409, 3],
  [410, 1],
  [413, 1],
  [415, 1],
  [418, 1],
  [422, 1],
  [425, 1],
  [429, 3],
  [451, 1],
  [500, 3],
  [501, 3],
  [502, 3],
  [503, 3],
  [504, 3],
  [507, 3],
  [599, 3],
];

const saysOf = (status: number, attempts: number): string =>
  status < 300 ? 'the event is delivered' : attempts === 1 ? 'no retry, dead letter' : 'retried, then dead letter';

export const delivery: readonly Clause[] = [
  ...statusRows.map(([status, attempts]) =>
    must(`status.${status}`, table, `${status}: ${attempts} of 3 attempts, ${saysOf(status, attempts)}`),
  ),
  must('status.redirect', '§4.2', '307 and 308 are followed with the event'),
  must('status.refused', table, 'a connection that is refused is retried'),
  must('status.reset', table, 'a connection that is reset is retried'),
  must('delivery.none', cases, 'no delivery configured and a subscriber that fails: one attempt'),
  must('delivery.broker-retry', cases, "the Broker's retry 3: three failures, then delivered"),
  must('delivery.broker-dlq', cases, "the Broker's retry 3: four failures, then its dead letter sink"),
  must(
    'delivery.trigger-retry',
    cases,
    "the Trigger's retry 3: three failures, then delivered, nothing in its dead letter sink",
  ),
  must('delivery.trigger-overrides', cases, "the Trigger's retry and dead letter sink override the Broker's"),
  must(
    'delivery.who-exhausts',
    cases,
    'of two Triggers, one with its own dead letter sink: each dead letter goes to the sink of the one that gave up',
  ),
  must(
    'redelivery.drop-first-5',
    '§12.2 BrokerRedelivery',
    'a subscriber that fails five times and retry 5: delivered at the sixth attempt',
  ),
  must(
    'redelivery.fibonacci',
    '§12.2 BrokerRedelivery',
    'a subscriber that fails requests 1, 2, 3, 5, 8: every event is delivered',
  ),
  must('dls.unreachable', letters, 'an unreachable subscriber: knativeerrordest names it, knativeerrorcode is 500'),
  must('dls.code', letters, '422: knativeerrordest and knativeerrorcode 422, exactly one event'),
  must('dls.data', letters, 'a body: knativeerrordata is its base64'),
  must('dls.html', '§12.3 ChannelDeadLetterSinkExtensions', 'an HTML page: knativeerrordata is its base64'),
  must('dls.1031', '§12.6 DLS', 'a body of 1,031 bytes: knativeerrordata is the base64 of its first 1,024 bytes'),
  must('dls.no-data', '§12.6 DLS', 'no body: no knativeerrordata'),
  must('dls.event', '§4.3', 'a dead letter is the original event with these extensions, nothing else changed'),
  must('dls.headers', '§4.2', 'a request to a dead letter sink has Kn-Namespace and no Prefer'),
  must('dls.pass-through', '§3.2', 'headers that travel with the event reach the dead letter sink too'),
  must('dls.integer', '§4.3', 'knativeerrorcode is an integer: a number in structured mode'),
  must('dls.retried', '§4.2', 'a dead letter sink that fails is retried by the same settings'),
  must('dls.ref', '§12.2 SourceToTriggerSinkWithDLS', 'a dead letter sink may be a ref to a Service'),
  must('dls.broker', '§12.3 AsDeadLetterSink', 'a dead letter sink may be a Broker'),
  must(
    'dls.trigger-wins',
    precedence,
    "the Trigger's dead letter sink gets the dead letter, the Broker's gets nothing",
  ),
  must('dls.falls-back', precedence, "a Trigger with a delivery but no dead letter sink uses the Broker's"),
  must(
    'precedence.replaces',
    precedence,
    "a Trigger's delivery replaces the Broker's as a whole: the Broker's retry does not count",
  ),
  must('precedence.inherits', precedence, "a Trigger without a delivery has the Broker's"),
  must('dls.response-ignored', '§4.2', 'what a dead letter sink answers with is no reply'),
  must(
    'timeout',
    '§12.3 delivery_timeout',
    'a subscriber slower than the timeout gets the event once, the dead letter sink once',
  ),
  must('timeout.per-attempt', '§4.2', 'the timeout is that of an attempt: each attempt has its own'),
  must(
    'timeout.in-time',
    '§12.3 delivery_timeout',
    'a subscriber that answers within the timeout gets the event once and for all',
  ),
  must('backoff.linear', '§4.2, design §7', 'linear: the waits are d, 2d, 3d'),
  must('backoff.exponential', '§4.2, design §7', 'exponential: the waits are d, 2d, 4d'),
  must(
    'retry-after.429',
    '§12.3 retry_after',
    '429 with Retry-After: each gap is at least the header, at most the header and a margin',
  ),
  must('retry-after.503', '§4.2', '503 with Retry-After is honoured'),
  must('retry-after.date', '§4.2', 'Retry-After as an HTTP date is honoured'),
  must('retry-after.max', '§4.2', 'Retry-After is cut at retryAfterMax'),
  must('retry-after.zero', '§4.2', 'retryAfterMax PT0S: the header is ignored'),
  must('retry-after.other', '§4.2', '500 with Retry-After: the header is ignored'),
  must('retry-after.backoff', '§4.2', 'a back-off longer than Retry-After holds'),
  must('same-id', '§13', 'every attempt carries the same event'),
];

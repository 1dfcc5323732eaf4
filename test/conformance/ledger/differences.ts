/** Where Millrace follows the written specification instead of Knative's code (design section 7), and what it adds. */
import { type Clause, elsewhere, must } from './clause.ts';

const design = 'design §7';

export const differences: readonly Clause[] = [
  must('diff.query', design, 'the query of an ingress path is ignored'),
  must('diff.batch', design, 'a batch is taken: each of its events is delivered'),
  must('diff.batch-invalid', design, 'a batch with one bad event is refused as a whole: none is delivered'),
  must('diff.batch-ttl', design, 'a batch with one event whose TTL is used up is refused as a whole'),
  must('diff.batch-empty', design, 'an empty batch is accepted'),
  must('diff.accepted-event', design, '202 with an event in the body is a delivery without a reply'),
  must(
    'diff.reply-not-stored',
    design,
    'a reply that cannot be stored makes the delivery fail: knativeerrordest is the destination of the reply',
  ),
  must('diff.reply-batch', design, 'a batch is no reply: the delivery failed, as 502'),
  must('diff.broker-format', design, "format is honoured in a Broker's delivery"),
  must('diff.broker-timeout', design, "timeout is honoured in a Broker's delivery"),
  must('diff.broker-retry-after', design, "retryAfterMax is honoured in a Broker's delivery"),
  must(
    'diff.precision',
    design,
    'durations have full precision: PT0.05S is a timeout, PT0.25S waits a quarter of a second',
  ),
  must(
    'diff.jitter',
    design,
    'up to 10 % is added to a wait: many deliveries that failed together do not come back together',
  ),
  must(
    'diff.dls-fails',
    design,
    'a dead letter sink that fails: the event is kept in the dead-letter store, not counted as done',
  ),
  must('diff.no-dls', 'design §4 rule 3', 'no dead letter sink: the event is kept in the dead-letter store'),
  must(
    'diff.letters-counted',
    'design §4 rule 3',
    'what is dead-lettered is counted: millrace_events_dead_lettered, by where it went',
  ),
  must(
    'diff.letter-1024',
    design,
    'knativeerrordata of a body of 3,000 bytes that are no text is the base64 of its first 1,024 bytes',
  ),
  must(
    'diff.waits-for-subscriber',
    'design §4',
    'events for a subscriber that is not resolved wait for it and are delivered when it is',
  ),
  must('diff.metrics', design, 'metrics are on: accepted, matched, delivered, rejected by reason'),
  must('diff.isolated', 'design §4 rule 2', 'a subscriber that hangs does not delay another one'),
  must(
    'diff.broker-ref-default',
    design,
    'brokerRef needs no feature flag, and may leave out what it cannot be otherwise',
  ),
  must('diff.broker-ref-immutable', design, 'a change of spec.brokerRef is refused'),
  must(
    'diff.foreign-origin',
    'issue 3 §5',
    'a foreign Origin, or a Host nothing here is served under, is refused at ingress',
  ),
  elsewhere('diff.durable', design, '202 only after the event is on disk', 'test/crash/crash.test.ts'),
  elsewhere(
    'diff.bad-input',
    'issue 3, must show 6',
    'malformed requests get their status, never a stack trace',
    'test/bad-input/http.test.ts',
  ),
  elsewhere(
    'diff.cesql',
    'issue 3 §2',
    'CESQL as the specification has it, by its own cases',
    'packages/api/test/cesql/tck.test.ts',
  ),
];

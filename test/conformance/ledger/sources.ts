/** Sources that need no cluster. */
import { type Clause, elsewhere, must } from './clause.ts';

const ping = '§12.4 PingSource';
const rules = '§6.1';
const flow = '§12.2 SourceToSink';

export const sources: readonly Clause[] = [
  must('ping.type', ping, 'events have type dev.knative.sources.ping and the source of their PingSource'),
  must('ping.kn-namespace', ping, 'requests have Kn-Namespace with the namespace of the source'),
  must('ping.ref', ping, 'the sink may be a ref to a Service'),
  must('ping.uri', ping, 'the sink may be a uri'),
  must('ping.base64', ping, 'dataBase64 arrives as the bytes it stands for'),
  must('ping.six-fields', ping, 'a schedule of six fields with ? is accepted, and seconds count'),
  must('ping.overrides', '§12.4 ceOverrides', 'ceOverrides become extensions'),
  must('ping.data', rules, 'data arrives byte for byte; a content type only when one is set'),
  must('ping.no-content-type', rules, 'without contentType there is no content type attribute'),
  must('ping.attributes', rules, 'each event has an id of its own and the time it was made'),
  must('ping.binary', rules, 'events go out in binary mode'),
  must('ping.v1beta2', rules, 'v1beta2 is taken and converted without loss'),
  must('ping.default-schedule', rules, 'the schedule defaults to once a minute'),
  must('ping.timezone', rules, 'a time zone may stand in timezone or before the schedule'),
  must('ping.retry', rules, 'a sink that fails gets the event again'),
  must('ping.update', rules, 'a change of the source takes effect without a restart'),
  must('ping.deleted', rules, 'a source that was deleted emits no more'),
  must('ping.size', rules, 'config-ping-defaults data-max-size limits the data, base64 as it is written'),
  must('flow.delivery', flow, 'source → broker → trigger → sink: events arrive'),
  must('flow.all-to-dlq', `${flow}WithDLQ`, 'a sink that always fails: every event goes to the dead letter sink'),
  must(
    'flow.flaky',
    `${flow}WithFlakyDLQ`,
    'a sink that fails twice: the first two events go to the dead letter sink, the third to the sink',
  ),
  must(
    'flow.trigger-dls',
    '§12.2 SourceToTriggerSinkWithDLS',
    "source → broker with a dead letter sink → trigger with its own: the Trigger's gets the events, the Broker's none",
  ),
  elsewhere(
    'cronjob.event',
    '§6.6 CronJobSource',
    'the legacy CronJobSource emits dev.knative.cronjob.event',
    'packages/sources/test/cronjob/cronjob.test.ts',
  ),
  must(
    'github.event',
    '§6.11',
    'a signed payload arrives as dev.knative.source.github.<event>, with id, source and subject',
  ),
  must('github.ready-is-live', '§2.5, §6.11', 'a GitHubSource that says Ready takes the next payload'),
  must('github.signature', '§6.11', 'a payload with a bad signature, or none, is refused with 400 and not emitted'),
  must('github.unknown', '§6.11', 'an event kind that is not known is refused with 404'),
];

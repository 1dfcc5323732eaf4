/** Objects that are refused, and in which words: what the webhook answers, over HTTP. */
import { type Clause, must } from './clause.ts';

type Json = Readonly<Record<string, unknown>>;

export interface AdmissionRow {
  readonly id: string;
  readonly source: string;
  readonly says: string;
  readonly kind: string;
  readonly spec: Json;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What follows `validation failed: `, from its beginning. */
  readonly text: string;
}

const common = '§0.3';
const destination = '§0.4';
const trigger = '§1.3';
const delivery = '§4.1';
const ping = '§6.1';
const subscriber = { uri: 'http://sink.example' };
const sink = subscriber;
const service = { apiVersion: 'v1', kind: 'Service', name: 's' };
const attributeRule = 'Attribute name must start with a letter and can only contain lowercase alphanumeric';

const triggerRow = (
  id: string,
  source: string,
  says: string,
  more: Json,
  text: string,
  annotations?: AdmissionRow['annotations'],
): AdmissionRow => ({
  id,
  source,
  says,
  kind: 'Trigger',
  spec: { broker: 'default', subscriber, ...more },
  text,
  ...(annotations === undefined ? {} : { annotations }),
});

const pingRow = (id: string, says: string, more: Json, text: string): AdmissionRow => ({
  id,
  source: ping,
  says,
  kind: 'PingSource',
  spec: { schedule: '* * * * *', sink, ...more },
  text,
});

/** §12.2 ControlPlaneTrigger_WithInvalidFilters: names that are refused. */
const invalidNames = [
  'SOURCE',
  'Source',
  'souRce',
  'two words',
  'under_score',
  'da-sh',
  '123',
  '1abc',
  'sour\u{1F600}ce',
  'dot.dot',
  'ex!',
];

export const admissionRows: readonly AdmissionRow[] = [
  ...invalidNames.map((name, index) =>
    triggerRow(
      `admit.name-${index}`,
      '§12.2 ControlPlaneTrigger_WithInvalidFilters',
      `the filter name ${JSON.stringify(name)} is refused`,
      { filter: { attributes: { [name]: 'x' } } },
      `invalid key name ${JSON.stringify(name)}: spec.filter.attributes\n${attributeRule}`,
    ),
  ),
  triggerRow(
    'admit.name-dialect',
    trigger,
    'names in exact are held to the same rule',
    { filters: [{ exact: { Type: 'x' } }] },
    `invalid key name "Type": spec.filters[0].exact\n${attributeRule}`,
  ),
  triggerRow(
    'admit.two-dialects',
    trigger,
    'an entry with two dialects is refused',
    { filters: [{ exact: { type: 'x' }, prefix: { type: 'x' } }] },
    'multiple dialects found, filters can have only one dialect set: spec.filters[0]',
  ),
  triggerRow(
    'admit.nested-dialects',
    trigger,
    'so is one inside any',
    { filters: [{ any: [{ exact: { type: 'x' } }, { not: { exact: { type: 'x' }, cesql: 'TRUE' } }] }] },
    'multiple dialects found, filters can have only one dialect set: spec.filters[0].any[1].not',
  ),
  triggerRow(
    'admit.cesql',
    trigger,
    'an expression that cannot be parsed is refused',
    { filters: [{ cesql: 'type = ' }] },
    'invalid value: type = : spec.filters[0].cesql',
  ),
  triggerRow(
    'admit.any-empty',
    'design §7',
    'any with a member that asks for nothing is refused',
    { filters: [{ any: [{ exact: { type: 'x' } }, {}] }] },
    'invalid value: {}: spec.filters[0].any[1]',
  ),
  triggerRow(
    'admit.empty-value',
    'design §7',
    'an empty value, which would make the entry be ignored, is refused',
    { filters: [{ exact: { type: '' } }] },
    'invalid value: : spec.filters[0].exact.type',
  ),
  triggerRow(
    'admit.no-subscriber',
    destination,
    'a destination needs a ref or a uri',
    { subscriber: {} },
    'expected at least one, got none: spec.subscriber.ref, spec.subscriber.uri',
  ),
  triggerRow(
    'admit.absolute-uri',
    destination,
    'a ref and an absolute uri are refused',
    { subscriber: { ref: service, uri: 'http://x.example' } },
    'Absolute URI is not allowed when Ref or [apiVersion, kind, name] is present: spec.subscriber.ref, spec.subscriber.uri, spec.subscriber[apiVersion, kind, name]',
  ),
  triggerRow(
    'admit.relative-uri',
    destination,
    'a relative uri without a ref is refused',
    { subscriber: { uri: '/path' } },
    'invalid value: Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent: spec.subscriber.uri',
  ),
  triggerRow(
    'admit.ca-certs',
    destination,
    'CACerts must be PEM certificates',
    { subscriber: { ...subscriber, CACerts: 'nonsense' } },
    'invalid value: CA Cert provided is invalid: spec.subscriber.caCert',
  ),
  triggerRow(
    'admit.ref-parts',
    destination,
    'a ref needs apiVersion, kind and name',
    { subscriber: { ref: { name: 's' } } },
    'missing field(s): spec.subscriber.ref.apiVersion, spec.subscriber.ref.kind',
  ),
  triggerRow(
    'admit.ref-group',
    destination,
    'ref.group is refused',
    { subscriber: { ref: { ...service, group: 'g' } } },
    'must not set the field(s): spec.subscriber.ref.group',
  ),
  triggerRow(
    'admit.dls',
    destination,
    'a dead letter sink is held to the same rules',
    { delivery: { deadLetterSink: {} } },
    'expected at least one, got none: spec.delivery.deadLetterSink.ref, spec.delivery.deadLetterSink.uri',
  ),
  triggerRow(
    'admit.dependency',
    trigger,
    'the dependency must be an object reference',
    {},
    'The provided annotation was not a corev1.ObjectReference: "nonsense": metadata.annotations[knative.dev/dependency]',
    { 'knative.dev/dependency': 'nonsense' },
  ),
  triggerRow(
    'admit.dependency-parts',
    trigger,
    'the dependency needs kind, name and apiVersion',
    {},
    'missing field(s): metadata.annotations[knative.dev/dependency].apiVersion, metadata.annotations[knative.dev/dependency].kind',
    { 'knative.dev/dependency': '{"name":"x"}' },
  ),
  triggerRow(
    'admit.dependency-namespace',
    trigger,
    "the dependency's namespace is empty or the Trigger's",
    {},
    'Namespace must be empty or equal to the trigger namespace',
    {
      'knative.dev/dependency':
        '{"kind":"PingSource","apiVersion":"sources.knative.dev/v1","name":"x","namespace":"elsewhere"}',
    },
  ),
  triggerRow(
    'admit.injection',
    trigger,
    'the injection annotation is enabled or disabled',
    {},
    'The provided injection annotation value can only be "enabled" or "disabled", not "maybe"',
    { 'eventing.knative.dev/injection': 'maybe' },
  ),
  triggerRow(
    'admit.injection-broker',
    trigger,
    'the injection annotation goes with the Broker default only',
    { broker: 'other' },
    'The provided injection annotation is only used for default broker, but non-default broker specified here: "other"',
    { 'eventing.knative.dev/injection': 'enabled' },
  ),
  triggerRow(
    'admit.retry',
    delivery,
    'retry must not be negative',
    { delivery: { retry: -1 } },
    'invalid value: -1: spec.delivery.retry',
  ),
  triggerRow(
    'admit.retry-number',
    delivery,
    'retry must be a whole number',
    { delivery: { retry: 1.5 } },
    'invalid value: 1.5: spec.delivery.retry',
  ),
  triggerRow(
    'admit.backoff-policy',
    delivery,
    'backoffPolicy is linear or exponential',
    { delivery: { backoffPolicy: 'random' } },
    'invalid value: random: spec.delivery.backoffPolicy',
  ),
  triggerRow(
    'admit.backoff-delay',
    delivery,
    'backoffDelay is an ISO 8601 duration',
    { delivery: { backoffDelay: '1 second' } },
    'invalid value: 1 second: spec.delivery.backoffDelay',
  ),
  triggerRow(
    'admit.timeout',
    delivery,
    'timeout is an ISO 8601 duration',
    { delivery: { timeout: 'soon' } },
    'invalid value: soon: spec.delivery.timeout',
  ),
  triggerRow(
    'admit.timeout-zero',
    delivery,
    'a timeout of zero is refused',
    { delivery: { timeout: 'PT0S' } },
    'invalid value: PT0S: spec.delivery.timeout',
  ),
  triggerRow(
    'admit.retry-after',
    delivery,
    'a negative retryAfterMax is refused',
    { delivery: { retryAfterMax: '-PT1S' } },
    'invalid value: -PT1S: spec.delivery.retryAfterMax',
  ),
  triggerRow(
    'admit.format',
    delivery,
    'format is json or binary, in lower case',
    { delivery: { format: 'JSON' } },
    'invalid value: JSON: spec.delivery.format',
  ),
  {
    id: 'admit.broker-retry',
    source: delivery,
    says: "a Broker's delivery is held to the same rules",
    kind: 'Broker',
    spec: { delivery: { retry: -1 } },
    text: 'invalid value: -1: spec.delivery.retry',
  },
  {
    id: 'admit.broker-config',
    source: '§1.2',
    says: "a Broker's config needs apiVersion, kind and name",
    kind: 'Broker',
    spec: { config: { name: 'c' } },
    text: 'missing field(s): spec.config.apiVersion, spec.config.kind',
  },
  triggerRow(
    'admit.merged',
    common,
    'errors of one message are merged, paths sorted',
    { subscriber: { ref: {} } },
    'missing field(s): spec.subscriber.ref.apiVersion, spec.subscriber.ref.kind, spec.subscriber.ref.name',
  ),
  triggerRow(
    'admit.sorted',
    common,
    'errors are sorted and stand on lines of their own',
    { subscriber: {}, delivery: { retry: -1 } },
    'expected at least one, got none: spec.subscriber.ref, spec.subscriber.uri\ninvalid value: -1: spec.delivery.retry',
  ),
  pingRow(
    'admit.ping-every',
    '@every is refused',
    { schedule: '@every 5s' },
    'invalid value: unsupported descriptor @every: spec.schedule',
  ),
  pingRow('admit.ping-schedule', 'a schedule must be cron', { schedule: 'now and then' }, 'invalid value: '),
  pingRow(
    'admit.ping-timezone',
    'a bad time zone is reported on timezone',
    { timezone: 'Nowhere/Land' },
    'invalid value: provided bad location Nowhere/Land: unknown time zone Nowhere/Land: spec.timezone',
  ),
  pingRow(
    'admit.ping-both',
    'data and dataBase64 are exclusive',
    { data: 'x', dataBase64: 'eA==' },
    'expected exactly one, got both: spec.data, spec.dataBase64',
  ),
  pingRow(
    'admit.ping-base64',
    'dataBase64 must be base64',
    { dataBase64: '%%%' },
    'invalid value: illegal base64 data',
  ),
  pingRow(
    'admit.ping-json',
    'with content type application/json the data must be an object',
    { contentType: 'application/json', data: '[1]' },
    'invalid value: ',
  ),
  pingRow(
    'admit.ping-override',
    'names of overrides are alphanumeric',
    { ceOverrides: { extensions: { 'a-b': 'x' } } },
    'invalid key name "a-b": spec.ceOverrides.extensions',
  ),
  pingRow(
    'admit.ping-sink',
    'the sink is required',
    { sink: {} },
    'expected at least one, got none: spec.sink.ref, spec.sink.uri',
  ),
];

export const admission: readonly Clause[] = [
  ...admissionRows.map(({ id, source, says }) => must(id, source, says)),
  must('admit.nothing-stored', common, 'an object that was refused is not stored'),
  must(
    'admit.update',
    '§12.2 ControlPlaneTrigger_WithInvalidFilters',
    'an update is held to the same rules, and what is stored stays',
  ),
  must('admit.status', common, 'a refusal is a Status with code 422, reason Invalid and the fields as causes'),
  must('admit.unknown-field', common, 'an unknown field is refused, with its path'),
  must('admit.core', common, 'objects of the core group are refused in the words of Kubernetes, not of a webhook'),
  must('admit.dry-run', '§12.4 webhook', 'a dry run is judged and stores nothing'),
];

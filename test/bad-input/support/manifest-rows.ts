/** Malformed manifests, each with the error it must give. */
import { manifestBytesMax } from '@millrace/controller';

export const trigger = (spec: string, metadata = '  name: bad\n') =>
  `apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata:\n${metadata}spec:\n${spec}`;
export const good = trigger('  broker: default\n  subscriber:\n    uri: http://localhost:3000/\n', '  name: good\n');
export const subscriber = '  subscriber:\n    uri: http://localhost:3000/\n';
export const broker = (rest: string) =>
  `apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata:\n  name: bad\n${rest}`;
export const ping = (spec: string) =>
  `apiVersion: sources.knative.dev/v1\nkind: PingSource\nmetadata:\n  name: bad\nspec:\n${spec}`;
export const sink = '  sink:\n    uri: http://localhost:3000/\n';
const anchors = (levels: number) =>
  `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: levels }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]`).join('\n')}\n`;

export interface Row {
  readonly what: string;
  readonly text: string | Uint8Array;
  /** `line:column`; absent when the error is of the file as a whole. */
  readonly at?: string;
  readonly field?: string;
  /** Must be in the message. */
  readonly says: string | RegExp;
  readonly document?: number;
}

export const rows: readonly Row[] = [
  // YAML that is none.
  {
    what: 'a tab as indentation',
    text: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n',
    at: '4:1',
    says: /tab.*spaces/i,
  },
  { what: 'an open bracket', text: 'kind: [Broker\n', at: '2:1', says: /expected|must/i },
  { what: 'an open quote', text: 'kind: "Broker\n', at: '2:1', says: /quote/i },
  {
    what: 'a key twice',
    text: 'apiVersion: v1\nkind: ConfigMap\nkind: Secret\n',
    at: '3:1',
    says: 'the same key is there twice',
  },
  { what: 'a nested key twice', text: broker('spec:\n  delivery: {}\n  delivery: {}\n'), at: '7:3', says: 'twice' },
  { what: 'wrong indentation', text: 'apiVersion: v1\n kind: ConfigMap\n', at: '1:13', says: /indent|nested|mapping/i },
  { what: 'a key without a colon', text: 'apiVersion: v1\nkind\nmetadata: {}\n', at: '2:1', says: /key|map/i },
  { what: 'an unknown anchor', text: 'apiVersion: *nobody\n', at: '1:13', says: /alias|anchor/i },
  { what: 'an anchor bomb', text: anchors(9), at: '1:1', says: 'uses of anchors' },
  { what: 'a reference to itself', text: 'a: &a [*a]\n', says: /.+/ },
  {
    what: 'brackets without end',
    text: `x: ${'['.repeat(100_000)}`,
    at: '1:204',
    document: 1,
    says: 'nested more than',
  },
  { what: 'braces without end', text: `x: ${'{a: '.repeat(50_000)}`, says: 'nested more than' },
  { what: 'a bad escape', text: 'kind: "\\q"\n', at: '1:8', says: /escape/i },
  { what: 'a tab inside JSON that ends too early', text: '{"apiVersion": "v1",\n\t"kind": ', says: /.+/ },
  { what: 'two JSON objects in a row', text: '{"kind":"a"}{"kind":"b"}', at: '1:13', says: /.+/ },
  { what: 'a merge conflict left in', text: `<<<<<<< HEAD\n${broker('')}=======\n>>>>>>> other\n`, says: /.+/ },
  {
    what: 'a template that was not rendered',
    text: 'apiVersion: v1\nkind: {{ .Kind }}\n',
    at: '2:8',
    document: 1,
    says: 'a template that was not rendered?',
  },
  // Files that are none.
  { what: 'an image', text: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13), says: 'binary data' },
  { what: 'UTF-16', text: Buffer.from('\ufeffkind: Broker\n', 'utf16le'), says: 'binary data' },
  { what: 'Latin-1', text: Uint8Array.of(0x6b, 0x3a, 0x20, 0xe4, 0x0a), says: 'not valid UTF-8' },
  { what: 'a huge file', text: `# ${'x'.repeat(manifestBytesMax)}\n`, says: `at most ${manifestBytesMax}` },
  // Documents that are no objects.
  {
    what: 'a text',
    text: 'hello\n',
    at: '1:1',
    says: 'expected an object with apiVersion, kind and metadata, got a text',
  },
  { what: 'a list', text: '- a\n- b\n', at: '1:1', says: 'got a list' },
  { what: 'a number', text: '---\n42\n', at: '2:1', says: 'got a number' },
  {
    what: 'a List whose items are none',
    text: 'apiVersion: v1\nkind: List\nitems: 3\n',
    at: '3:1',
    field: 'items',
    says: 'expected a list',
  },
  {
    what: 'a List with a text in it',
    text: 'apiVersion: v1\nkind: List\nitems:\n- x\n',
    at: '4:3',
    field: 'items[0]',
    says: 'expected an object',
  },
  // Objects nobody knows.
  {
    what: 'no kind',
    text: 'apiVersion: v1\nmetadata: {name: x}\n',
    at: '1:1',
    field: 'kind',
    says: 'missing field(s)',
  },
  {
    what: 'no apiVersion',
    text: 'kind: Broker\nmetadata: {name: x}\n',
    at: '1:1',
    field: 'apiVersion',
    says: 'missing field(s)',
  },
  { what: 'nothing at all', text: '{}\n', at: '1:1', field: 'apiVersion, kind', says: 'missing field(s)' },
  {
    what: 'an unknown kind',
    text: 'apiVersion: eventing.knative.dev/v1\nkind: Brocker\nmetadata: {name: x}\n',
    at: '2:1',
    field: 'kind',
    says: 'did you mean "Broker"?',
  },
  {
    what: 'an unknown version',
    text: 'apiVersion: eventing.knative.dev/v9\nkind: Broker\nmetadata: {name: x}\n',
    at: '1:1',
    field: 'apiVersion',
    says: 'eventing.knative.dev/v1',
  },
  {
    what: 'a kind that is a number',
    text: 'apiVersion: v1\nkind: 7\n',
    says: 'missing field(s)',
    at: '2:1',
    field: 'kind',
  },
  // Metadata.
  {
    what: 'no metadata',
    text: 'apiVersion: eventing.knative.dev/v1\nkind: Broker\n',
    at: '1:1',
    field: 'metadata',
    says: 'missing field(s)',
  },
  {
    what: 'no name',
    text: 'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {}\n',
    at: '3:1',
    field: 'metadata.name',
    says: 'missing field(s)',
  },
  {
    what: 'generateName alone',
    text: 'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata:\n  generateName: x-\n',
    at: '3:1',
    field: 'metadata.name',
    says: 'need a name',
  },
  {
    what: 'a name in capitals',
    text: 'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata:\n  name: MyBroker\n',
    at: '4:3',
    field: 'metadata.name',
    says: 'lower-case',
  },
  {
    what: 'a name that is a number',
    text: 'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata:\n  name: 12\n',
    at: '4:3',
    field: 'metadata.name',
    says: 'expected string',
  },
  {
    what: 'labels that are a list',
    text: broker('').replace('  name: bad\n', '  name: bad\n  labels: [a]\n'),
    at: '5:3',
    field: 'metadata.labels',
    says: 'expected object',
  },
  {
    what: 'a label that is no text',
    text: broker('').replace('  name: bad\n', '  name: bad\n  labels:\n    a: true\n'),
    at: '6:5',
    field: 'metadata.labels.a',
    says: 'in quotes',
  },
  {
    what: 'a slip in metadata',
    text: broker('').replace('  name: bad\n', '  name: bad\n  anotations: {}\n'),
    at: '5:3',
    field: 'metadata.anotations',
    says: 'did you mean "annotations"?',
  },
  {
    what: 'a slip in an annotation of ours',
    text: trigger(`  broker: default\n${subscriber}`, '  name: bad\n  annotations:\n    millrace.dev/pausd: "true"\n'),
    at: '6:5',
    says: 'did you mean "millrace.dev/paused"?',
  },
  {
    what: 'an annotation’s value',
    text: trigger(
      `  broker: default\n${subscriber}`,
      '  name: bad\n  annotations:\n    millrace.dev/start: yesterday\n',
    ),
    at: '6:5',
    says: 'expected "latest", "earliest" or a time',
  },
  // Fields.
  {
    what: 'no broker',
    text: trigger(subscriber),
    at: '5:1',
    says: 'expected exactly one, got neither',
    field: 'spec.broker, spec.brokerRef',
  },
  { what: 'no subscriber', text: trigger('  broker: default\n'), at: '5:1', says: /.+/ },
  {
    what: 'a subscriber that names nothing',
    text: trigger('  broker: default\n  subscriber: {}\n'),
    at: '7:3',
    says: 'expected at least one, got none',
  },
  {
    what: 'a relative uri',
    text: trigger('  broker: default\n  subscriber:\n    uri: /x\n'),
    at: '8:5',
    says: 'Relative URI',
  },
  {
    what: 'a broker that is a number',
    text: trigger(`  broker: 5\n${subscriber}`),
    at: '6:3',
    field: 'spec.broker',
    says: 'expected string, got number',
  },
  {
    what: 'a spec that is a list',
    text: broker('spec: []\n'),
    at: '5:1',
    field: 'spec',
    says: 'expected object, got array',
  },
  {
    what: 'a misspelt dialect',
    text: trigger(`  broker: default\n  filters:\n  - exakt: {type: x}\n${subscriber}`),
    at: '8:5',
    field: 'spec.filters[0].exakt',
    says: 'did you mean "exact"?',
  },
  {
    what: 'two dialects in one filter',
    text: trigger(`  broker: default\n  filters:\n  - exact: {type: x}\n    prefix: {type: x}\n${subscriber}`),
    says: 'multiple dialects',
  },
  {
    what: 'a CESQL that does not parse',
    text: trigger(`  broker: default\n  filters:\n  - cesql: "type ="\n${subscriber}`),
    at: '8:5',
    says: /.+/,
  },
  {
    what: 'an attribute in capitals',
    text: trigger(`  broker: default\n  filter:\n    attributes:\n      Type: x\n${subscriber}`),
    at: '9:7',
    says: 'invalid key name "Type"',
  },
  {
    what: 'a negative retry',
    text: broker('spec:\n  delivery:\n    retry: -1\n'),
    at: '7:5',
    field: 'spec.delivery.retry',
    says: '-1',
  },
  {
    what: 'a retry that is text',
    text: broker('spec:\n  delivery:\n    retry: "3"\n'),
    at: '7:5',
    field: 'spec.delivery.retry',
    says: 'expected integer',
  },
  {
    what: 'a duration without P',
    text: broker('spec:\n  delivery:\n    backoffDelay: 5s\n'),
    at: '7:5',
    field: 'spec.delivery.backoffDelay',
    says: 'ISO 8601',
  },
  {
    what: 'a policy nobody knows',
    text: broker('spec:\n  delivery:\n    backoffPolicy: expo\n'),
    at: '7:5',
    field: 'spec.delivery.backoffPolicy',
    says: 'expected "linear" or "exponential"',
  },
  {
    what: 'a schedule that is none',
    text: ping(`  schedule: whenever\n${sink}`),
    at: '6:3',
    field: 'spec.schedule',
    says: /.+/,
  },
  {
    what: 'a time zone that is none',
    text: ping(`  schedule: "* * * * *"\n  timezone: Mars/Olympus\n${sink}`),
    at: '7:3',
    says: 'Mars/Olympus',
  },
  { what: 'data twice', text: ping(`  data: x\n  dataBase64: eA==\n${sink}`), says: /.+/ },
  { what: 'no sink', text: ping('  schedule: "* * * * *"\n'), at: '5:1', says: /.+/ },
  {
    what: 'ConfigMap data that is a number',
    text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\ndata:\n  a: 1\n',
    at: '5:3',
    field: 'data.a',
    says: 'write it in quotes: "1"',
  },
  {
    what: 'Secret data that is no base64',
    text: 'apiVersion: v1\nkind: Secret\nmetadata: {name: bad}\ndata:\n  a: "***"\n',
    at: '5:3',
    field: 'data.a',
    says: /base64/,
  },
  {
    what: 'the third document of a file',
    text: `${good.replace('name: good', 'name: one')}---\n---\n${broker('specc: {}\n')}`,
    at: '15:1',
    field: 'specc',
    document: 3,
    says: 'did you mean "spec"?',
  },
  {
    what: 'an object that is in the good file too',
    text: good,
    at: '1:1',
    field: 'metadata.name',
    says: /there twice: first in .*a-good\.yaml:1:1/,
  },
  {
    what: 'a prototype’s name as a field',
    text: broker('__proto__:\n  x: 1\n'),
    at: '5:1',
    says: 'unknown field',
    field: '__proto__',
  },
];

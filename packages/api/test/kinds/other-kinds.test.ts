/** EventType (1.4), CronJobSource (6.13), GitHubSource (1.7), and the core kinds as far as they are referred to. */
import { describe, expect, it } from 'vitest';
import {
  type CronJobSource,
  cronJobSinkOf,
  eventTypeKind,
  imagesOf,
  type KnativeService,
  type Secret,
  secretValue,
} from '../../src/kinds/index.ts';
import { admitted, changeRefusal, firstLine, object, refusal } from './support.ts';

const brokerRef = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b' };

describe('1.4: EventType', () => {
  const eventType = (version: string, spec: Record<string, unknown>) =>
    object(`eventing.knative.dev/${version}`, 'EventType', { spec });
  const attributes = ['type', 'source', 'specversion', 'id'].map((name) => ({ name, required: true }));

  it('v1beta1 and v1beta2: "type (required)"', () => {
    expect(refusal(eventType('v1beta1', {}))).toBe('missing field(s): spec.type');
    expect(refusal(eventType('v1beta2', { type: '' }))).toBe('missing field(s): spec.type');
    expect(refusal(eventType('v1beta2', { type: 't', reference: brokerRef }))).toBe('');
  });

  it('v1beta3: "must contain type, source, specversion, id"', () => {
    expect(refusal(eventType('v1beta3', { attributes: attributes.slice(0, 2) }))).toBe(
      'missing field(s): spec.attributes.id, spec.attributes.specversion',
    );
    expect(refusal(eventType('v1beta3', { attributes }))).toBe('');
  });

  it('fields of one version are unknown in the other', () => {
    expect(refusal(eventType('v1beta3', { attributes, type: 't' }))).toContain('unknown field: spec.type');
    expect(refusal(eventType('v1beta2', { type: 't', attributes }))).toContain('unknown field: spec.attributes');
  });

  it.each([
    ['v1beta2', { type: 't', source: '/s', schemaData: '{}', schema: 'http://s/', reference: brokerRef }],
    ['v1beta2', { type: 't', broker: 'b', description: 'd' }],
    ['v1beta1', { type: 't' }],
    ['v1beta3', { attributes: [...attributes, { name: 'x', value: 'y' }], description: 'd' }],
    ['v1beta3', { attributes: attributes.map((entry) => ({ ...entry, value: 'v' })).reverse() }],
  ])('%s there and back through every version is the same object: %j', (version, spec) => {
    const given = eventType(version, spec);
    for (const other of eventTypeKind.versions) {
      expect(eventTypeKind.convert(eventTypeKind.convert(given, other), version)).toEqual(given);
    }
  });

  it('v1beta3 is stored as v1beta2, with the columns people know', () => {
    const named = attributes.map((entry) => ({ ...entry, value: `the-${entry.name}` }));
    const stored = admitted(eventType('v1beta3', { attributes: named }));
    expect(stored.apiVersion).toBe('eventing.knative.dev/v1beta2');
    expect(stored.spec).toMatchObject({ type: 'the-type', source: 'the-source' });
  });

  it('a change in the stored version wins over what was kept of another one', () => {
    const stored = admitted(eventType('v1beta3', { attributes, description: 'old' }));
    const changed = { ...stored, spec: { ...(stored.spec as object), type: 'new' } };
    expect(eventTypeKind.convert(changed, 'v1beta3').spec).toMatchObject({
      attributes: expect.arrayContaining([{ name: 'type', required: true, value: 'new' }]),
    });
  });
});

describe('6.13: CronJobSource', () => {
  const sinkRef = { apiVersion: 'v1', kind: 'Service', name: 's' };
  const cronJob = (spec: Record<string, unknown>) =>
    object('sources.eventing.knative.dev/v1alpha1', 'CronJobSource', { spec });

  it('"sink (plain ObjectReference apiVersion/kind/name)", and a Destination as well', () => {
    const plain = admitted(cronJob({ schedule: '@hourly', data: 'x', sink: sinkRef })) as CronJobSource;
    const nested = admitted(cronJob({ schedule: '@hourly', sink: { ref: sinkRef } })) as CronJobSource;
    const expected = { ref: { ...sinkRef, namespace: 'default' } };
    expect([cronJobSinkOf(plain.spec), cronJobSinkOf(nested.spec)]).toEqual([expected, expected]);
    expect(refusal(cronJob({ schedule: '@hourly', sink: { uri: 'http://x/' } }))).toBe('');
  });

  it.each([
    [{ sink: sinkRef }, 'missing field(s): spec.schedule'],
    [{ schedule: '* *', sink: sinkRef }, 'invalid value: expected 5 to 6 fields, found 2: [* *]: spec.schedule'],
    [{ schedule: '@hourly' }, 'expected at least one, got none: spec.sink.ref, spec.sink.uri'],
    [{ schedule: '@hourly', sink: { kind: 'Service' } }, 'missing field(s): spec.sink.apiVersion, spec.sink.name'],
    [
      { schedule: '@hourly', sink: { ...sinkRef, uri: 'http://x/' } },
      'must not set the field(s): spec.sink.apiVersion, spec.sink.kind, spec.sink.name',
    ],
  ])('%j', (spec, text) => {
    expect(firstLine(refusal(cronJob(spec)))).toBe(text);
  });
});

describe('1.7: GitHubSource, "CRD requires first four"', () => {
  const token = { secretKeyRef: { name: 's', key: 'k' } };
  const right = {
    ownerAndRepository: 'octo/repo',
    eventTypes: ['push', 'pull_request'],
    accessToken: token,
    secretToken: token,
    sink: { uri: 'http://x/' },
  };
  const gitHub = (spec: Record<string, unknown>) => object('sources.knative.dev/v1alpha1', 'GitHubSource', { spec });

  it('accepted', () => {
    expect(refusal(gitHub(right))).toBe('');
    expect(refusal(gitHub({ ...right, ownerAndRepository: 'octo-org', secure: true }))).toBe('');
    expect(refusal(gitHub({ ...right, githubAPIURL: 'https://ghe.example.com/api/v3/' }))).toBe('');
  });

  it('required', () => {
    expect(refusal(gitHub({ sink: right.sink }))).toBe(
      'missing field(s): spec.accessToken, spec.eventTypes, spec.ownerAndRepository, spec.secretToken',
    );
  });

  it.each([
    [{ eventTypes: [] }, 'invalid value: []: spec.eventTypes'],
    [{ eventTypes: ['Pull Request'] }, 'invalid value: Pull Request: spec.eventTypes[0]'],
    [{ ownerAndRepository: 'a/b/c' }, 'invalid value: a/b/c: spec.ownerAndRepository'],
    [{ accessToken: { secretKeyRef: { name: 's' } } }, 'missing field(s): spec.accessToken.secretKeyRef.key'],
    [{ githubAPIURL: 'ghe' }, 'invalid value: ghe: spec.githubAPIURL'],
    [{ sink: {} }, 'expected at least one, got none: spec.sink.ref, spec.sink.uri'],
    [{ secretTokn: token }, 'unknown field; did you mean "secretToken"?: spec.secretTokn'],
  ])('%j', (spec, text) => {
    expect(firstLine(refusal(gitHub({ ...right, ...spec })))).toBe(text);
  });
});

describe('core kinds', () => {
  it('a ConfigMap has text values and keys that can be file names', () => {
    expect(refusal(object('v1', 'ConfigMap', { data: { 'a.yaml': 'x', b_c: '' } }))).toBe('');
    expect(refusal(object('v1', 'ConfigMap', { data: { a: 5 } }))).toBe(
      'invalid value: 5: data.a\nexpected string, got number; write it in quotes: "5"',
    );
    expect(firstLine(refusal(object('v1', 'ConfigMap', { data: { 'a/b': 'x' } })))).toBe(
      'invalid key name "a/b": data',
    );
    expect(refusal(object('v1', 'ConfigMap', { spec: {} }))).toContain('unknown field: spec');
  });

  it('an immutable ConfigMap or Secret does not change; a Secret is not shown', () => {
    const map = (a: string) => object('v1', 'ConfigMap', { immutable: true, data: { a } });
    expect(changeRefusal(map('1'), map('1'))).toBe('');
    expect(changeRefusal(map('1'), map('2'))).toContain('Immutable fields changed (-old +new): data');
    const secret = (a: string) => object('v1', 'Secret', { immutable: true, stringData: { a } });
    expect(changeRefusal(secret('one'), secret('two'))).toMatch(
      /^Immutable fields changed \(-old \+new\): data\n[^:]*$/,
    );
  });

  it('a Secret: stringData moves into data, over what is there; values decode', () => {
    const stored = admitted(
      object('v1', 'Secret', { data: { a: 'eA==', b: 'eA==' }, stringData: { a: 'ä' } }),
    ) as Secret;
    expect(stored).toMatchObject({ type: 'Opaque', data: { a: 'w6Q=', b: 'eA==' } });
    expect(stored).not.toHaveProperty('stringData');
    expect(new TextDecoder().decode(secretValue(stored, 'a'))).toBe('ä');
    expect(secretValue(stored, 'toString')).toBeUndefined();
  });

  it('a Secret whose data is plain text is told so without quoting it', () => {
    const text = refusal(object('v1', 'Secret', { data: { token: 'hunter2!' } }));
    expect(text).toBe('invalid value: not base64: data.token\nput plain text in stringData');
  });

  it('a Secret of twelve megabytes is read like any other', () => {
    expect(refusal(object('v1', 'Secret', { data: { token: 'AAAA'.repeat(3_000_000) } }))).toBe('');
  });

  it('a Service of either group: its annotations are read, the rest of spec is theirs', () => {
    const annotations = { 'millrace.dev/url': 'http://localhost:3000' };
    const spec = { ports: [{ port: 80, targetPort: 'http' }], sessionAffinity: 'None' };
    expect(refusal(object('v1', 'Service', { annotations, spec }))).toBe('');
    const bad = { annotations: { 'millrace.dev/url': 'localhost' } };
    for (const apiVersion of ['v1', 'serving.knative.dev/v1']) {
      expect(firstLine(refusal(object(apiVersion, 'Service', bad)))).toBe(
        'invalid value: localhost: metadata.annotations[millrace.dev/url]',
      );
    }
    const containers = [{ image: 'gcr.io/knative-releases/event_display', ports: [{ containerPort: 8080 }] }];
    const serving = object('serving.knative.dev/v1', 'Service', { spec: { template: { spec: { containers } } } });
    expect(imagesOf(admitted(serving) as KnativeService)).toEqual([containers[0]?.image]);
  });

  it('a Namespace is in no namespace and has the label selectors use', () => {
    const stored = admitted({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
    expect(stored.metadata).toEqual({ name: 'team', labels: { 'kubernetes.io/metadata.name': 'team' } });
    expect(firstLine(refusal(object('v1', 'Namespace')))).toBe('must not set the field(s): metadata.namespace');
  });
});

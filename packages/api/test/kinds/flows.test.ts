/** Sequence and Parallel: reference 0.4 and 1.6. */
import { describe, expect, it } from 'vitest';
import { defaultKindContext } from '../../src/kinds/index.ts';
import { admitted, changeRefusal, firstLine, object, refusal } from './support.ts';

type Spec = Record<string, unknown>;
const flows = 'flows.knative.dev/v1';
const template = { apiVersion: 'messaging.knative.dev/v1', kind: 'InMemoryChannel' };
const ref = { apiVersion: 'v1', kind: 'Service', name: 's' };
const inTeam = { ...ref, namespace: 'team' };
const uri = 'http://localhost:3000/';

const sequence = (spec: Spec = {}, namespace = 'team') =>
  object(flows, 'Sequence', { namespace, spec: { steps: [{ uri }], ...spec } });
const parallel = (spec: Spec = {}, namespace = 'team') =>
  object(flows, 'Parallel', { namespace, spec: { branches: [{ subscriber: { uri } }], ...spec } });

const both = [
  ['Sequence', sequence],
  ['Parallel', parallel],
] as const;

describe.each(both)('1.6: %s', (_kind, make) => {
  it('without a template: LogChannel, which is durable', () => {
    expect(admitted(make()).spec).toMatchObject({
      channelTemplate: { apiVersion: 'messaging.millrace.dev/v1alpha1', kind: 'LogChannel' },
    });
  });

  it('"namespaceDefaults of default-ch-webhook never applies, only clusterDefault"', () => {
    const cluster = { apiVersion: 'messaging.knative.dev/v1beta1', kind: 'KafkaChannel', spec: { numPartitions: 3 } };
    const context = { ...defaultKindContext, channelDefaults: { cluster, namespaces: { team: template } } };
    expect(admitted(make(), context).spec).toMatchObject({ channelTemplate: cluster });
  });

  it('a template that is there stays as it is, spec and all', () => {
    const named = { ...template, spec: { delivery: { retry: 2 } } };
    expect(admitted(make({ channelTemplate: named })).spec).toMatchObject({ channelTemplate: named });
  });

  it.each([
    [{ channelTemplate: { kind: 'X' } }, 'missing field(s): spec.channelTemplate.apiVersion'],
    [{ channelTemplate: {} }, 'missing field(s): spec.channelTemplate.apiVersion, spec.channelTemplate.kind'],
    [{ reply: {} }, 'expected at least one, got none: spec.reply.ref, spec.reply.uri'],
  ])('%j is refused', (spec, text) => {
    expect(firstLine(refusal(make(spec)))).toBe(text);
  });

  it('"Nothing immutable"', () => {
    expect(changeRefusal(make(), make({ channelTemplate: template, reply: { uri } }))).toBe('');
  });

  it('the reply gets the namespace of its flow', () => {
    expect(admitted(make({ reply: { ref } })).spec).toMatchObject({ reply: { ref: inTeam } });
  });
});

describe('1.6: Sequence', () => {
  it('steps are destinations with a delivery: references get the namespace', () => {
    const steps = [{ ref, delivery: { deadLetterSink: { ref } } }, { uri }];
    expect(admitted(sequence({ steps })).spec).toMatchObject({
      steps: [{ ref: inTeam, delivery: { deadLetterSink: { ref: inTeam } } }, { uri }],
    });
  });

  it.each([
    [{ steps: [] }, 'missing field(s): spec.steps'],
    [{ steps: undefined }, 'missing field(s): spec.steps'],
  ])('%j: at least one step', (spec, text) => {
    expect(firstLine(refusal(sequence(spec)))).toBe(text);
  });

  it('"A bad step is reported as an invalid value for the whole struct at spec.steps[i]"', () => {
    const text = refusal(sequence({ steps: [{ uri }, { ref: { kind: 'Service', name: 's' } }] }));
    expect(text.split('\n')).toEqual([
      'invalid value: {"ref":{"kind":"Service","name":"s","namespace":"team"}}: spec.steps[1]',
      'missing field(s): spec.steps[1].ref.apiVersion',
    ]);
  });

  it('a bad delivery is part of a bad step', () => {
    const text = refusal(sequence({ steps: [{ uri, delivery: { backoffDelay: 'soon' } }] }));
    expect(firstLine(text)).toContain(': spec.steps[0]');
    expect(text).toContain('invalid value: soon: spec.steps[0].delivery.backoffDelay');
  });

  it('a field that nobody knows is named', () => {
    expect(refusal(sequence({ steps: [{ uri, retries: 3 }] }))).toContain('spec.steps[0].retries');
  });
});

describe('1.6: Parallel', () => {
  it('references of filter, subscriber, reply and delivery get the namespace', () => {
    const branches = [{ filter: { ref }, subscriber: { ref }, reply: { ref }, delivery: { deadLetterSink: { ref } } }];
    const to = { ref: inTeam };
    expect(admitted(parallel({ branches })).spec).toMatchObject({
      branches: [{ filter: to, subscriber: to, reply: to, delivery: { deadLetterSink: to } }],
    });
  });

  it.each([
    [{ branches: [] }, 'missing field(s): spec.branches'],
    [
      { branches: [{ subscriber: {} }] },
      'expected at least one, got none: spec.branches[0].subscriber.ref, spec.branches[0].subscriber.uri',
    ],
    [
      { branches: [{ subscriber: { uri }, filter: {} }] },
      'expected at least one, got none: spec.branches[0].filter.ref, spec.branches[0].filter.uri',
    ],
    [
      { branches: [{ subscriber: { uri }, reply: { uri: '/x' } }] },
      'invalid value: Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent: spec.branches[0].reply.uri',
    ],
  ])('%j is refused', (spec, text) => {
    expect(firstLine(refusal(parallel(spec)))).toBe(text);
  });

  it('ours: the delivery of a branch is checked here, where its author sees it', () => {
    const branches = [{ subscriber: { uri }, delivery: { timeout: 'x' } }];
    expect(firstLine(refusal(parallel({ branches })))).toBe('invalid value: x: spec.branches[0].delivery.timeout');
  });
});

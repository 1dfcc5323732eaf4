/** Destinations to URLs, by reference section 9. */
import type { Destination, Resource } from '@millrace/api';
import { describe, expect, test } from 'vitest';
import { resolveDestination } from '../../src/reconcile/destination.ts';
import { keyOf, objectKey } from '../../src/store/keys.ts';
import { broker, eventing, service } from '../support/objects.ts';

const url = 'http://localhost:8080/default/b';
const objects: readonly Resource[] = [
  broker('b', { status: { address: { url } } }),
  broker('new'),
  broker('two', {
    status: {
      address: { url: 'http://localhost/plain' },
      addresses: [
        { name: 'https', url: 'https://localhost/tls', CACerts: 'PEM', audience: 'aud' },
        { name: 'http', url: 'http://localhost/plain' },
      ],
    },
  }),
  broker('odd', { status: { address: { url: 'nonsense' } } }),
  service('ship', 'http://localhost:5000/base/in'),
  service('silent'),
  {
    ...service('started'),
    metadata: { name: 'started', namespace: 'default', annotations: { 'millrace.dev/command': 'x' } },
  },
  { ...service('running'), status: { address: { url: 'http://localhost:6000/' } } },
  service('k', 'http://localhost:7000/', 'serving.knative.dev/v1'),
];

function resolve(destination: Destination | undefined) {
  const byKey = new Map(objects.map((object) => [keyOf(object), object]));
  return resolveDestination(destination, {
    read: (ref) => byKey.get(objectKey(ref)),
    namespace: 'default',
    baseUrl: 'http://localhost:8080',
  });
}
const toBroker = (name: string, address?: string) => ({
  apiVersion: eventing,
  kind: 'Broker',
  name,
  ...(address === undefined ? {} : { address }),
});
const toService = (name: string, apiVersion = 'v1') => ({ apiVersion, kind: 'Service', name });

describe('resolved', () => {
  test.each<[string, Destination, string]>([
    ['an absolute uri', { uri: 'http://example.com/x?y=1' }, 'http://example.com/x?y=1'],
    ['a Broker', { ref: toBroker('b') }, url],
    ['the first of status.addresses wins', { ref: toBroker('two') }, 'https://localhost/tls'],
    ['ref.address picks one by name', { ref: toBroker('two', 'http') }, 'http://localhost/plain'],
    ['a core Service by its annotation', { ref: toService('ship') }, 'http://localhost:5000/base/in'],
    ['a core Service by its status', { ref: toService('running') }, 'http://localhost:6000/'],
    ['a Knative Service', { ref: toService('k', 'serving.knative.dev/v1') }, 'http://localhost:7000/'],
    ['RFC 3986: /x replaces the path', { ref: toService('ship'), uri: '/x' }, 'http://localhost:5000/x'],
    ['RFC 3986: x replaces the last segment', { ref: toService('ship'), uri: 'x' }, 'http://localhost:5000/base/x'],
    ['the ingress of a cluster', { uri: 'http://broker-ingress.knative-eventing.svc.cluster.local/default/b' }, url],
    ['its short form', { uri: 'http://broker-ingress.knative-eventing.svc/default/b' }, url],
    [
      'a Service by its name in a cluster',
      { uri: 'http://ship.default.svc.cluster.local/a?b=c' },
      'http://localhost:5000/a?b=c',
    ],
    [
      'one that is not known here stays as it is',
      { uri: 'http://who.default.svc.cluster.local/' },
      'http://who.default.svc.cluster.local/',
    ],
  ])('%s', (_what, destination, expected) => {
    expect(resolve(destination)).toMatchObject({ kind: 'resolved', destination: { url: expected } });
  });

  test('CACerts and audience of the destination override those of the address', () => {
    const of = (destination: Destination) => {
      const result = resolve(destination);
      return result.kind === 'resolved' ? [result.destination.caCerts, result.destination.audience] : [];
    };
    expect(of({ ref: toBroker('two') })).toEqual(['PEM', 'aud']);
    expect(of({ ref: toBroker('two'), CACerts: 'OWN', audience: 'own' })).toEqual(['OWN', 'own']);
  });
});

describe('unresolved, with the reason', () => {
  test.each<[string, Destination | undefined, string]>([
    ['nothing', undefined, 'expected at least one'],
    ['a relative uri alone', { uri: '/x' }, 'URI is not absolute: /x'],
    [
      'an absolute uri with ref',
      { ref: toBroker('b'), uri: 'http://x/' },
      'absolute URI is not allowed when Ref exists',
    ],
    ['an object that is not there', { ref: toBroker('none') }, 'brokers.eventing.knative.dev "none" not found'],
    ['a kind nobody knows', { ref: { apiVersion: 'x.dev/v1', kind: 'Thing', name: 'x' } }, 'unknown kind "Thing"'],
    ['an object without address', { ref: toBroker('new') }, 'address not set for'],
    ['an address without host', { ref: toBroker('odd') }, 'hostname missing in address of'],
    ['an address of no such name', { ref: toBroker('two', 'grpc') }, 'no address with name "grpc" found'],
    ['a Service that says nothing', { ref: toService('silent') }, 'annotate it with millrace.dev/url'],
    ['a Service that does not listen yet', { ref: toService('started') }, 'does not listen yet'],
  ])('%s', (_what, destination, reason) => {
    expect(resolve(destination)).toMatchObject({
      kind: 'unresolved',
      reason: expect.stringContaining(reason) as unknown,
    });
  });

  test('what is absent is told apart from what has no address', () => {
    expect(resolve({ ref: toBroker('none') })).toMatchObject({ absent: true });
    expect(resolve({ ref: toBroker('new') })).toMatchObject({ absent: false });
  });
});

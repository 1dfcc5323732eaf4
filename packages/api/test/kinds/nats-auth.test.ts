/** Which NATS servers, and how to come in: reference 11.5 (`config-nats`). */
import { describe, expect, it } from 'vitest';
import { natsClusterOf, type ReadObject, readNatsConfig } from '../../src/kinds/index.ts';
import type { Resource } from '../../src/resource.ts';
import { object } from './support.ts';

const namespace = 'knative-eventing';
const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const key = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----';

function stored(...objects: readonly Resource[]): ReadObject {
  return ({ kind, namespace: at, name }) =>
    objects.find((each) => each.kind === kind && each.metadata.namespace === at && each.metadata.name === name);
}

function secret(name: string, texts: Readonly<Record<string, string>>): Resource {
  const data = Object.entries(texts).map(([field, text]) => [field, Buffer.from(text).toString('base64')]);
  return object('v1', 'Secret', { name, namespace, data: Object.fromEntries(data) });
}

const secrets = stored(
  secret('creds', { 'nats.creds': 'CREDS', other: 'OTHER' }),
  secret('client', { 'tls.crt': certificate, 'tls.key': key }),
  secret('half', { 'tls.crt': certificate }),
  secret('root', { 'ca.crt': certificate }),
);
const url = 'nats://a:4222,tls://b:4222';

describe('config-nats', () => {
  it.each<[string, unknown, unknown]>([
    ['servers', { url }, { servers: ['nats://a:4222', 'tls://b:4222'] }],
    [
      'connOpts have no meaning here',
      { url: 'nats://a', connOpts: { retryOnFailedConnect: true } },
      { servers: ['nats://a'] },
    ],
    [
      '"auth.credentialFile.secret (key nats.creds)"',
      { url: 'nats://a', auth: { credentialFile: { secret: { name: 'creds' } } } },
      { servers: ['nats://a'], credentials: 'CREDS' },
    ],
    [
      'another key',
      { url: 'nats://a', auth: { credentialFile: { secret: { name: 'creds', key: 'other' } } } },
      { servers: ['nats://a'], credentials: 'OTHER' },
    ],
    [
      '"auth.tls.secret"',
      { url: 'nats://a', auth: { tls: { secret: { name: 'client' } } } },
      { servers: ['nats://a'], tls: { cert: certificate, key } },
    ],
    [
      '"tls.secret"',
      { url: 'nats://a', tls: { secret: { name: 'root' } } },
      { servers: ['nats://a'], tls: { ca: certificate } },
    ],
    [
      '"tls.caBundle"',
      { url: 'nats://a', tls: { caBundle: certificate } },
      { servers: ['nats://a'], tls: { ca: certificate } },
    ],
    [
      'tls.caBundle in base64',
      { url: 'nats://a', tls: { caBundle: Buffer.from(certificate).toString('base64') } },
      { servers: ['nats://a'], tls: { ca: certificate } },
    ],
  ])('%s', (_what, config, expected) => {
    expect(readNatsConfig(config, secrets)).toEqual({ kind: 'ok', value: expected });
  });

  const title = 'ConfigMap knative-eventing/config-nats, key "eventing-nats"';
  it.each<[unknown, string]>([
    [null, `${title}: expected an object with url`],
    [{}, `${title}: expected url, such as nats://nats.example:4222, several with commas in between; got none`],
    [{ url: 'http://a' }, 'got "http://a"'],
    [
      { url, auth: { credentialFile: { secret: { name: 'none' } } } },
      `${title}, auth.credentialFile.secret: Secret knative-eventing/none does not exist; create it`,
    ],
    [
      { url, auth: { credentialFile: { secret: { name: 'client' } } } },
      'Secret knative-eventing/client has no key "nats.creds": expected a NATS credentials file',
    ],
    [{ url, auth: { tls: { secret: { name: 'half' } } } }, 'Secret knative-eventing/half has no key "tls.key"'],
    [{ url, tls: { caBundle: 'nonsense' } }, `${title}: expected tls.caBundle to be PEM text`],
    [{ url, tls: { secret: { name: 'creds', key: 'other' } } }, 'key "other": expected PEM text'],
  ])('%j is told by object, field and expectation', (config, message) => {
    expect(readNatsConfig(config, secrets)).toMatchObject({ kind: 'error', message: expect.stringContaining(message) });
  });

  it('where there is no such ConfigMap, --log is meant; where that is no NATS, it is said what to do', () => {
    const installation = { kind: 'jetstream', cluster: { servers: ['nats://log:4222'] } } as const;
    const config = (text: string) =>
      stored(object('v1', 'ConfigMap', { name: 'config-nats', namespace, data: { 'eventing-nats': text } }));
    const json = (text: string) => JSON.parse(text) as unknown;
    expect(natsClusterOf(stored(), json, installation, 'x')).toEqual({ kind: 'ok', value: installation.cluster });
    expect(natsClusterOf(config('{"url":"nats://a"}'), json, installation, 'x')).toEqual({
      kind: 'ok',
      value: { servers: ['nats://a'] },
    });
    expect(natsClusterOf(config('{'), json, installation, 'x')).toMatchObject({
      kind: 'error',
      message: expect.stringContaining(`${title}: `),
    });
    expect(natsClusterOf(stored(), json, { kind: 'local' }, 'Broker a/b')).toMatchObject({
      kind: 'error',
      message:
        'no NATS server is named for Broker a/b: put url into ConfigMap knative-eventing/config-nats, key eventing-nats, or start with --log nats://host:port',
    });
  });
});

/** How to come in at Kafka: reference 11.1 (Secret keys, ConfigMap keys) and 6.9 (`spec.net`). */
import { describe, expect, it } from 'vitest';
import {
  type ConfigMap,
  type ConfigReading,
  type KafkaSource,
  kafkaClusterOf,
  type ReadObject,
  readKafkaConfig,
  readKafkaSecret,
  readNetSecurity,
} from '../../src/kinds/index.ts';
import type { Resource } from '../../src/resource.ts';
import { object } from './support.ts';

const pem = (what: string) => `-----BEGIN ${what}-----\nMIIB\n-----END ${what}-----`;
const certificate = pem('CERTIFICATE');
const key = pem('PRIVATE KEY');

/** Objects by kind, namespace and name; values of Secrets in base64, as they are stored. */
function stored(...objects: readonly Resource[]): ReadObject {
  return ({ kind, namespace, name }) =>
    objects.find(
      ({ kind: own, metadata }) => own === kind && metadata.namespace === namespace && metadata.name === name,
    );
}

function secret(texts: Readonly<Record<string, string>>, name = 's', namespace = 'default'): Resource {
  const data = Object.entries(texts).map(([field, text]) => [field, Buffer.from(text).toString('base64')]);
  return object('v1', 'Secret', { name, namespace, data: Object.fromEntries(data) });
}

function readable<T>(reading: ConfigReading<T>): T {
  if (reading.kind === 'error') throw new Error(reading.message);
  return reading.value;
}

const security = (texts: Readonly<Record<string, string>>) => readKafkaSecret(stored(secret(texts)), 'default', 's');
const problem = (reading: ConfigReading<unknown>) => (reading.kind === 'error' ? reading.message : '');

const login = { user: 'u', password: 'p' };
const sasl = { mechanism: 'plain', user: 'u', password: 'p' };

describe('11.1: the keys of a Secret', () => {
  it.each<[string, Record<string, string>, unknown]>([
    ['PLAINTEXT', { protocol: 'PLAINTEXT' }, {}],
    ['"sasl.mechanism PLAIN (default)"', { protocol: 'SASL_PLAINTEXT', ...login }, { sasl }],
    [
      'SCRAM-SHA-256',
      { protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'SCRAM-SHA-256', ...login },
      { sasl: { ...sasl, mechanism: 'scram-sha-256' } },
    ],
    [
      'SCRAM-SHA-512 over TLS, in lower case',
      { protocol: 'sasl_ssl', 'sasl.mechanism': 'scram-sha-512', ...login, 'ca.crt': certificate },
      { sasl: { ...sasl, mechanism: 'scram-sha-512' }, tls: { ca: certificate } },
    ],
    [
      'SSL with a client certificate',
      { protocol: 'SSL', 'ca.crt': certificate, 'user.crt': certificate, 'user.key': key },
      { tls: { ca: certificate, cert: certificate, key } },
    ],
    ['"user.skip (no client cert)"', { protocol: 'SSL', 'user.skip': 'true' }, { tls: {} }],
    ['space around values', { protocol: ' SASL_PLAINTEXT\n', user: 'u\n', password: 'p\n' }, { sasl }],
    ['legacy: username', { username: 'u', password: 'p' }, { sasl }],
    ['legacy: saslType', { saslType: 'SCRAM-SHA-512', ...login }, { sasl: { ...sasl, mechanism: 'scram-sha-512' } }],
    ['legacy: sasltype', { sasltype: 'PLAIN', ...login, 'tls.enabled': 'true' }, { sasl, tls: {} }],
    ['legacy: tls.enabled alone', { 'tls.enabled': 'true' }, { tls: {} }],
    [
      'legacy: certificates',
      { 'ca.crt': certificate, 'user.crt': certificate, 'user.key': key },
      { tls: { ca: certificate, cert: certificate, key } },
    ],
  ])('%s', (_what, texts, expected) => {
    expect(readable(security(texts))).toEqual(expected);
  });

  it.each<[Record<string, string>, string]>([
    [{}, 'Secret default/s has no key "protocol": expected PLAINTEXT, SASL_PLAINTEXT, SSL, SASL_SSL'],
    [
      { protocol: 'TLS' },
      'Secret default/s, key "protocol": expected PLAINTEXT, SASL_PLAINTEXT, SSL, SASL_SSL, got "TLS"',
    ],
    [
      { protocol: 'SASL_SSL', 'sasl.mechanism': 'OAUTHBEARER' },
      'Secret default/s, key "sasl.mechanism": SASL mechanism "OAUTHBEARER" is not supported; expected PLAIN, SCRAM-SHA-256, SCRAM-SHA-512',
    ],
    [{ protocol: 'SASL_SSL', password: 'p' }, 'Secret default/s has no key "user": SASL needs a user and a password'],
    [{ protocol: 'SASL_SSL', user: 'u' }, 'Secret default/s has no key "password": SASL needs a user and a password'],
    [
      { protocol: 'SSL' },
      'Secret default/s has no key "user.crt": a client certificate is user.crt and user.key; where brokers ask for none, set user.skip to "true"',
    ],
    [
      { protocol: 'SASL_SSL', ...login, 'user.crt': certificate },
      'Secret default/s has no key "user.key": a client certificate is user.crt and user.key; where brokers ask for none, set user.skip to "true"',
    ],
    [
      { protocol: 'SSL', 'user.skip': 'true', 'ca.crt': 'MIIB' },
      'Secret default/s, key "ca.crt": expected PEM text that begins with -----BEGIN',
    ],
  ])('%j is told by object, key and expectation', (texts, message) => {
    expect(problem(security(texts))).toBe(message);
  });

  it('a Secret that is not there is told, and told apart', () => {
    const message = 'Secret default/s does not exist; create it';
    expect(readKafkaSecret(stored(), 'default', 's')).toEqual({ kind: 'error', absent: true, message });
  });

  it('no message has a value of the Secret in it', () => {
    const texts = { protocol: 'SSL', 'ca.crt': 'hush', user: 'hush', password: 'hush', 'user.skip': 'true' };
    expect(problem(security(texts))).not.toContain('hush');
  });
});

describe('11.1: the keys of a ConfigMap', () => {
  const config = (data: Record<string, string>, ...more: readonly Resource[]) =>
    readKafkaConfig(object('v1', 'ConfigMap', { name: 'c', namespace: 'ns', data }) as ConfigMap, stored(...more));

  it('servers, topic defaults, topic configuration', () => {
    const data = {
      'bootstrap.servers': 'a:9092, [::1]:9093',
      'default.topic.partitions': '10',
      'default.topic.replication.factor': '3',
      'default.topic.config.retention.ms': '3600000',
      'default.topic.config.cleanup.policy': ' compact ',
    };
    expect(readable(config(data))).toEqual({
      servers: ['a:9092', '[::1]:9093'],
      partitions: 10,
      replicationFactor: 3,
      topicConfig: { 'retention.ms': '3600000', 'cleanup.policy': 'compact' },
    });
  });

  it('"auth.secret.ref.name (Secret in the ConfigMap\'s namespace)"', () => {
    const data = { 'bootstrap.servers': 'a:9092', 'auth.secret.ref.name': 's' };
    const read = config(data, secret({ protocol: 'PLAINTEXT' }, 's', 'ns'));
    expect(readable(read)).toMatchObject({ security: {}, secretName: 's' });
    expect(config(data, secret({ protocol: 'PLAINTEXT' }))).toEqual({
      kind: 'error',
      absent: true,
      message: 'ConfigMap ns/c, key "auth.secret.ref.name": Secret ns/s does not exist; create it',
    });
  });

  it.each<[Record<string, string>, string]>([
    [
      { 'bootstrap.servers': 'a' },
      'key "bootstrap.servers": expected host:port, several with commas in between, got "a"',
    ],
    [{ 'bootstrap.servers': 'a:0' }, 'got "a:0"'],
    [{ 'bootstrap.servers': 'http://a:1' }, 'got "http://a:1"'],
    [{ 'default.topic.partitions': '0' }, 'key "default.topic.partitions": expected a whole number from 1 to'],
    [
      { 'default.topic.replication.factor': 'three' },
      'key "default.topic.replication.factor": expected a whole number',
    ],
  ])('%j', (data, text) => {
    expect(problem(config(data))).toContain(`ConfigMap ns/c, ${text.startsWith('got') ? 'key' : text}`);
    expect(problem(config(data))).toContain(text);
  });

  it('"Without a ConfigMap that names servers, those of --log are meant"', () => {
    const cluster = { servers: ['log:9092'], security: { sasl: { ...sasl, mechanism: 'plain' as const } } };
    const installation = { kind: 'kafka', cluster } as const;
    expect(readable(kafkaClusterOf(undefined, installation, 'Broker a/b'))).toBe(cluster);
    expect(readable(kafkaClusterOf({ servers: ['x:1'] }, installation, 'Broker a/b'))).toEqual({ servers: ['x:1'] });
    expect(readable(kafkaClusterOf({ servers: [], security: {} }, installation, ''))).toEqual({
      ...cluster,
      security: {},
    });
    expect(problem(kafkaClusterOf(undefined, { kind: 'local' }, 'Broker a/b'))).toBe(
      'no Kafka servers are named for Broker a/b: put bootstrap.servers into its ConfigMap, or start with --log kafka://host:port',
    );
  });
});

describe('6.9: spec.net of a KafkaSource', () => {
  const at = (name: string) => ({ secretKeyRef: { name: 's', key: name } });
  const net = (value: unknown, ...more: readonly Resource[]) =>
    readNetSecurity(
      object('sources.knative.dev/v1', 'KafkaSource', { spec: { net: value } }) as KafkaSource,
      stored(...more),
    );
  const filled = secret({ user: 'u', password: 'p', type: 'SCRAM-SHA-256', ca: certificate, cert: certificate, key });

  it.each<[string, unknown, unknown]>([
    ['nothing', undefined, {}],
    ['not enabled', { sasl: { enable: false, user: at('user') }, tls: {} }, {}],
    ['SASL, PLAIN unless said', { sasl: { enable: true, user: at('user'), password: at('password') } }, { sasl }],
    [
      'SASL with its type',
      { sasl: { enable: true, user: at('user'), password: at('password'), type: at('type') } },
      { sasl: { ...sasl, mechanism: 'scram-sha-256' } },
    ],
    ['TLS alone', { tls: { enable: true } }, { tls: {} }],
    [
      'TLS with certificates',
      { tls: { enable: true, caCert: at('ca'), cert: at('cert'), key: at('key') } },
      { tls: { ca: certificate, cert: certificate, key } },
    ],
  ])('%s', (_what, value, expected) => {
    expect(readable(net(value, filled))).toEqual(expected);
  });

  it.each<[string, unknown, string]>([
    ['no reference', { sasl: { enable: true, user: at('user') } }, 'expected spec.net.sasl.password.secretKeyRef'],
    [
      'no key',
      { sasl: { enable: true, user: at('nobody'), password: at('password') } },
      'spec.net.sasl.user: Secret default/s has no key "nobody"',
    ],
    [
      'no support',
      { sasl: { enable: true, user: at('user'), password: at('password'), type: at('user') } },
      'spec.net.sasl.type: SASL mechanism "u" is not supported; expected PLAIN, SCRAM-SHA-256, SCRAM-SHA-512',
    ],
    [
      'half a certificate',
      { tls: { enable: true, cert: at('cert') } },
      'expected spec.net.tls.key.secretKeyRef: a client certificate is cert and key',
    ],
    [
      'no PEM',
      { tls: { enable: true, caCert: at('user') } },
      'spec.net.tls.caCert: Secret default/s, key "user": expected PEM text that begins with -----BEGIN',
    ],
  ])('%s', (_what, value, message) => {
    expect(problem(net(value, filled))).toBe(message);
  });

  it('12.6 "secrets created later": it is told that the Secret is not there', () => {
    const value = { sasl: { enable: true, user: at('user'), password: at('password') } };
    const message = 'spec.net.sasl.user: Secret default/s does not exist; create it';
    expect(net(value)).toEqual({ kind: 'error', absent: true, message });
  });
});

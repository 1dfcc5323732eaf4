/**
 * How to come in at a Kafka cluster, out of a Secret, and which cluster and topic settings are meant, out of a ConfigMap.
 *
 * Source: reference section 11.1. The keys of the retired Go channel (`sasltype`, `username`, `tls.enabled`) are read too:
 * a Secret without `protocol` is one of those. OAUTHBEARER is refused by name.
 */
import type { InstallationLog, KafkaCluster, KafkaSecurity } from '../../routing/backing.ts';
import type { ConfigMap } from '../config-map/types.ts';
import {
  type ConfigReading,
  isPem,
  type ReadObject,
  readingOf,
  readSecret,
  type SecretTexts,
  unreadable,
} from './secret-reading.ts';

type Sasl = NonNullable<KafkaSecurity['sasl']>;
type Tls = NonNullable<KafkaSecurity['tls']>;

const protocols: readonly string[] = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL', 'SASL_SSL'];

const mechanisms: ReadonlyMap<string, Sasl['mechanism']> = new Map([
  ['PLAIN', 'plain'],
  ['SCRAM-SHA-256', 'scram-sha-256'],
  ['SCRAM-SHA-512', 'scram-sha-512'],
]);

const mechanismNames = [...mechanisms.keys()].join(', ');

/** A SASL mechanism by its name, in either case; absent: PLAIN. `at` is where the name stands. */
export function readMechanism(name: string | undefined, at: string): ConfigReading<Sasl['mechanism']> {
  const mechanism = mechanisms.get((name ?? 'PLAIN').toUpperCase());
  if (mechanism !== undefined) return readingOf(mechanism);
  return unreadable(`${at}: SASL mechanism ${JSON.stringify(name)} is not supported; expected ${mechanismNames}`);
}

function required(secret: SecretTexts, key: string, why: string): ConfigReading<string> {
  const text = secret.get(key);
  return text === undefined ? unreadable(`${secret.title} has no key "${key}": ${why}`) : readingOf(text);
}

/** A PEM text under a key; undefined when the key is not there. */
export function readPem(secret: SecretTexts, key: string): ConfigReading<string | undefined> {
  const text = secret.get(key);
  if (text === undefined || isPem(text)) return readingOf(text);
  return unreadable(`${secret.title}, key "${key}": expected PEM text that begins with -----BEGIN`);
}

function readSasl(secret: SecretTexts): ConfigReading<Sasl> {
  const why = 'SASL needs a user and a password';
  const mechanismKey = ['sasl.mechanism', 'saslType', 'sasltype'].find((key) => secret.get(key) !== undefined);
  const at = `${secret.title}, key "${mechanismKey ?? 'sasl.mechanism'}"`;
  const mechanism = readMechanism(mechanismKey === undefined ? undefined : secret.get(mechanismKey), at);
  if (mechanism.kind === 'error') return mechanism;
  const user = required(secret, secret.get('user') === undefined && secret.get('username') ? 'username' : 'user', why);
  if (user.kind === 'error') return user;
  const password = required(secret, 'password', why);
  if (password.kind === 'error') return password;
  return readingOf({ mechanism: mechanism.value, user: user.value, password: password.value });
}

/** `wantsClient`: a client certificate is expected, unless the Secret says to skip it. */
function readTls(secret: SecretTexts, wantsClient: boolean): ConfigReading<Tls> {
  const ca = readPem(secret, 'ca.crt');
  if (ca.kind === 'error') return ca;
  const authority = ca.value === undefined ? {} : { ca: ca.value };
  if (secret.get('user.skip')?.toLowerCase() === 'true') return readingOf(authority);
  const cert = readPem(secret, 'user.crt');
  if (cert.kind === 'error') return cert;
  const key = readPem(secret, 'user.key');
  if (key.kind === 'error') return key;
  if (cert.value === undefined && key.value === undefined && !wantsClient) return readingOf(authority);
  if (cert.value === undefined || key.value === undefined) {
    const missing = cert.value === undefined ? 'user.crt' : 'user.key';
    const why = 'a client certificate is user.crt and user.key; where brokers ask for none, set user.skip to "true"';
    return unreadable(`${secret.title} has no key "${missing}": ${why}`);
  }
  return readingOf({ ...authority, cert: cert.value, key: key.value });
}

/** The protocol a Secret means when it does not name it: by the keys of the retired channel that it has. */
function legacyProtocol(secret: SecretTexts): string {
  const isTls = secret.get('tls.enabled')?.toLowerCase() === 'true' || secret.get('ca.crt') !== undefined;
  const isSasl = secret.get('username') !== undefined || secret.get('user') !== undefined;
  return isSasl ? (isTls ? 'SASL_SSL' : 'SASL_PLAINTEXT') : isTls || secret.get('user.crt') ? 'SSL' : '';
}

/** What a Secret says of how to come in. */
export function readKafkaSecurity(secret: SecretTexts): ConfigReading<KafkaSecurity> {
  const named = secret.get('protocol');
  const protocol = named?.toUpperCase() ?? legacyProtocol(secret);
  if (!protocols.includes(protocol)) {
    const expected = `expected ${protocols.join(', ')}`;
    return named === undefined
      ? unreadable(`${secret.title} has no key "protocol": ${expected}`)
      : unreadable(`${secret.title}, key "protocol": ${expected}, got ${JSON.stringify(named)}`);
  }
  const isSasl = protocol.startsWith('SASL_');
  const sasl = isSasl ? readSasl(secret) : undefined;
  if (sasl?.kind === 'error') return sasl;
  const tls = protocol.endsWith('SSL') ? readTls(secret, !isSasl && named !== undefined) : undefined;
  if (tls?.kind === 'error') return tls;
  return readingOf({
    ...(sasl === undefined ? {} : { sasl: sasl.value }),
    ...(tls === undefined ? {} : { tls: tls.value }),
  });
}

/** The Secret of an object's `auth.secret.ref.name`. */
export function readKafkaSecret(read: ReadObject, namespace: string, name: string): ConfigReading<KafkaSecurity> {
  const secret = readSecret(read, namespace, name);
  return secret.kind === 'error' ? secret : readKafkaSecurity(secret.value);
}

/** `host:port`, as Kafka's clients take it; a host may be an IPv6 address in brackets. */
const serverShape = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?):(\d{1,5})$/;

/** Whether a text is a server as `bootstrap.servers` lists them. */
export function isKafkaServer(server: string): boolean {
  const port = Number(serverShape.exec(server)?.[1] ?? 0);
  return port >= 1 && port <= 65_535;
}

export const kafkaServersKey = 'bootstrap.servers';
export const kafkaSecretKey = 'auth.secret.ref.name';
const kafkaSecretNamespaceKey = 'auth.secret.ref.namespace';
export const kafkaPartitionsKey = 'default.topic.partitions';
export const kafkaReplicationKey = 'default.topic.replication.factor';
const topicConfigPrefix = 'default.topic.config.';

/** What a ConfigMap says; what it does not say is absent. */
export interface KafkaConfig {
  /** Empty: it names none, and the installation's are meant. */
  readonly servers: readonly string[];
  readonly security?: KafkaSecurity;
  /** Name of the Secret that `security` is from. */
  readonly secretName?: string;
  readonly partitions?: number;
  readonly replicationFactor?: number;
  /** Topic configuration by Kafka's own names. */
  readonly topicConfig: Readonly<Record<string, string>>;
}

/** Greatest values a topic can be asked for: partitions as the reference's schema has it, replication as the protocol has it. */
const partitionsMax = 2_147_483_647;
const replicationMax = 32_767;

function readCount(
  data: Readonly<Record<string, string>>,
  key: string,
  max: number,
  title: string,
): ConfigReading<number | undefined> {
  const text = data[key]?.trim() ?? '';
  if (text === '') return readingOf(undefined);
  const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= max) return readingOf(count);
  return unreadable(`${title}, key "${key}": expected a whole number from 1 to ${max}, got ${JSON.stringify(text)}`);
}

/** Reads a ConfigMap such as `kafka-broker-config`; its Secret is in its namespace. */
export function readKafkaConfig(configMap: ConfigMap, read: ReadObject): ConfigReading<KafkaConfig> {
  const { namespace = '', name } = configMap.metadata;
  const title = `ConfigMap ${namespace}/${name}`;
  const data = configMap.data ?? {};
  const servers = splitServers(data[kafkaServersKey] ?? '');
  const odd = servers.find((server) => !isKafkaServer(server));
  if (odd !== undefined) {
    const expected = 'expected host:port, several with commas in between';
    return unreadable(`${title}, key "${kafkaServersKey}": ${expected}, got ${JSON.stringify(odd)}`);
  }
  const partitions = readCount(data, kafkaPartitionsKey, partitionsMax, title);
  if (partitions.kind === 'error') return partitions;
  const replication = readCount(data, kafkaReplicationKey, replicationMax, title);
  if (replication.kind === 'error') return replication;
  const secretName = data[kafkaSecretKey]?.trim() ?? '';
  const secretNamespace = data[kafkaSecretNamespaceKey]?.trim() || namespace;
  const security = secretName === '' ? undefined : readKafkaSecret(read, secretNamespace, secretName);
  if (security?.kind === 'error') {
    return { ...security, message: `${title}, key "${kafkaSecretKey}": ${security.message}` };
  }
  return readingOf({
    servers,
    ...(security === undefined ? {} : { security: security.value, secretName }),
    ...(partitions.value === undefined ? {} : { partitions: partitions.value }),
    ...(replication.value === undefined ? {} : { replicationFactor: replication.value }),
    topicConfig: readTopicConfig(data),
  });
}

/** Servers of a text with commas in between. */
export function splitServers(text: string): readonly string[] {
  return text
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '');
}

function readTopicConfig(data: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(data).filter(([key]) => key.startsWith(topicConfigPrefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(topicConfigPrefix.length), value.trim()]));
}

/**
 * The cluster that is meant: that of the settings, or, where they name no servers, that of the installation.
 *
 * @param who whose log it is, such as `Broker default/orders`: for the message.
 */
export function kafkaClusterOf(
  config: Pick<KafkaConfig, 'servers' | 'security'> | undefined,
  installation: InstallationLog | undefined,
  who: string,
): ConfigReading<KafkaCluster> {
  const { servers = [], security } = config ?? {};
  if (servers.length > 0) return readingOf({ servers, ...(security === undefined ? {} : { security }) });
  if (installation?.kind === 'kafka') {
    return readingOf(security === undefined ? installation.cluster : { ...installation.cluster, security });
  }
  return unreadable(
    `no Kafka servers are named for ${who}: put ${kafkaServersKey} into its ConfigMap, or start with --log kafka://host:port`,
  );
}

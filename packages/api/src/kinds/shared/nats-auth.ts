/**
 * Which NATS servers are meant and how to come in: ConfigMap `config-nats`, key `eventing-nats`, with its Secrets.
 *
 * Source: reference section 11.5. Options of the reference's client library (`connOpts`) have no meaning here: how often
 * and how long a connection is tried again is decided by what is waiting for it, and it is never given up.
 */
import type { InstallationLog, NatsCluster } from '../../routing/backing.ts';
import { isConfigMap } from '../config-map/types.ts';
import { readPem } from './kafka-auth.ts';
import { type Fields, fieldsOf, isFields } from './objects.ts';
import {
  type ConfigReading,
  isPem,
  type ReadObject,
  readingOf,
  readSecret,
  readYaml,
  type SecretTexts,
  systemNamespace,
  unreadable,
} from './secret-reading.ts';

export const natsConfigMap = 'config-nats';
export const natsConfigKey = 'eventing-nats';

/** What the reference names the credentials in a Secret. */
const credentialsKey = 'nats.creds';

const title = `ConfigMap ${systemNamespace}/${natsConfigMap}, key "${natsConfigKey}"`;

type Tls = NonNullable<NatsCluster['tls']>;

/** A Secret that a field names: `{name, key}`, or its name alone. */
function namedSecret(
  value: unknown,
  field: string,
  read: ReadObject,
): ConfigReading<(SecretTexts & { readonly key: string | undefined }) | undefined> {
  if (value === undefined || value === null) return readingOf(undefined);
  const fields: Fields = typeof value === 'string' ? { name: value } : fieldsOf(value);
  const { name, key } = fields;
  if (typeof name !== 'string' || name === '')
    return unreadable(`${title}: expected ${field}.name, the name of a Secret`);
  const secret = readSecret(read, systemNamespace, name);
  if (secret.kind === 'error') return { ...secret, message: `${title}, ${field}: ${secret.message}` };
  return readingOf({ ...secret.value, key: typeof key === 'string' && key !== '' ? key : undefined });
}

function readServers(url: unknown): ConfigReading<readonly string[]> {
  const servers = (typeof url === 'string' ? url : '')
    .split(',')
    .map((server) => server.trim())
    .filter((server) => server !== '');
  const isServer = (server: string): boolean =>
    URL.canParse(server) && /^(?:nats|tls):\/\/[^/]+\/?$/.test(server) && new URL(server).hostname !== '';
  if (servers.length > 0 && servers.every(isServer)) return readingOf(servers);
  const got = url === undefined ? 'none' : JSON.stringify(url);
  return unreadable(
    `${title}: expected url, such as nats://nats.example:4222, several with commas in between; got ${got}`,
  );
}

/** `caBundle` is PEM, or PEM in base64. */
function readBundle(value: unknown): ConfigReading<string | undefined> {
  if (value === undefined || value === null || value === '') return readingOf(undefined);
  const text = typeof value === 'string' ? value : '';
  const decoded = isPem(text) ? text : Buffer.from(text, 'base64').toString('utf8');
  return isPem(decoded) ? readingOf(decoded) : unreadable(`${title}: expected tls.caBundle to be PEM text`);
}

function readTls(config: Fields, read: ReadObject): ConfigReading<Tls | undefined> {
  const trust = fieldsOf(config['tls']);
  const bundle = readBundle(trust['caBundle']);
  if (bundle.kind === 'error') return bundle;
  const rootSecret = namedSecret(trust['secret'], 'tls.secret', read);
  if (rootSecret.kind === 'error') return rootSecret;
  const root = rootSecret.value === undefined ? undefined : readPem(rootSecret.value, rootSecret.value.key ?? 'ca.crt');
  if (root?.kind === 'error') return root;
  const client = namedSecret(fieldsOf(fieldsOf(config['auth'])['tls'])['secret'], 'auth.tls.secret', read);
  if (client.kind === 'error') return client;
  const ca = bundle.value ?? root?.value;
  const authority = ca === undefined ? {} : { ca };
  if (client.value === undefined) return readingOf(ca === undefined ? undefined : authority);
  const cert = readPem(client.value, 'tls.crt');
  if (cert.kind === 'error') return cert;
  const key = readPem(client.value, 'tls.key');
  if (key.kind === 'error') return key;
  if (cert.value === undefined || key.value === undefined) {
    const missing = cert.value === undefined ? 'tls.crt' : 'tls.key';
    return unreadable(`${client.value.title} has no key "${missing}": a client certificate is tls.crt and tls.key`);
  }
  return readingOf({ ...authority, cert: cert.value, key: key.value });
}

function readCredentials(config: Fields, read: ReadObject): ConfigReading<string | undefined> {
  const field = 'auth.credentialFile.secret';
  const file = fieldsOf(fieldsOf(config['auth'])['credentialFile']);
  const secret = namedSecret(file['secret'], field, read);
  if (secret.kind === 'error' || secret.value === undefined)
    return secret.kind === 'error' ? secret : readingOf(undefined);
  const key = secret.value.key ?? credentialsKey;
  const text = secret.value.get(key);
  if (text === undefined)
    return unreadable(`${secret.value.title} has no key "${key}": expected a NATS credentials file`);
  return readingOf(text);
}

/** Reads the value of `eventing-nats`. */
export function readNatsConfig(config: unknown, read: ReadObject): ConfigReading<NatsCluster> {
  if (!isFields(config)) return unreadable(`${title}: expected an object with url`);
  const servers = readServers(config['url']);
  if (servers.kind === 'error') return servers;
  const credentials = readCredentials(config, read);
  if (credentials.kind === 'error') return credentials;
  const tls = readTls(config, read);
  if (tls.kind === 'error') return tls;
  return readingOf({
    servers: servers.value,
    ...(credentials.value === undefined ? {} : { credentials: credentials.value }),
    ...(tls.value === undefined ? {} : { tls: tls.value }),
  });
}

/**
 * The NATS cluster of this installation: that of `config-nats`, or, where there is no such ConfigMap, that of `--log`.
 *
 * @param parseYaml reads YAML text to plain values; it may throw for malformed text.
 * @param who whose log it is, such as `Broker default/orders`: for the message.
 */
export function natsClusterOf(
  read: ReadObject,
  parseYaml: (text: string) => unknown,
  installation: InstallationLog | undefined,
  who: string,
): ConfigReading<NatsCluster> {
  const configMap = read({ apiVersion: 'v1', kind: 'ConfigMap', namespace: systemNamespace, name: natsConfigMap });
  const data = configMap !== undefined && isConfigMap(configMap) ? (configMap.data ?? {}) : {};
  const text = data[natsConfigKey]?.trim() ?? '';
  if (text !== '') {
    const config = readYaml(text, title, parseYaml);
    return config.kind === 'error' ? config : readNatsConfig(config.value, read);
  }
  if (installation?.kind === 'jetstream') return readingOf(installation.cluster);
  const what = `put url into ConfigMap ${systemNamespace}/${natsConfigMap}, key ${natsConfigKey}`;
  return unreadable(`no NATS server is named for ${who}: ${what}, or start with --log nats://host:port`);
}

/**
 * `--log`: where events live. Servers are named in the flag; how to come in at them is taken from the environment, because
 * what stands in a command line is for everybody on the machine to see.
 *
 *     local | memory | kafka://HOST:PORT[,HOST:PORT…] | nats://HOST:PORT[,HOST:PORT…]
 *
 * T1. Nothing that is printed, logged or answered holds a secret: `logText` gives the flag's own words, without a user part.
 */
import { readFileSync } from 'node:fs';
import type { InstallationLog, KafkaSecurity, NatsCluster } from '@millrace/api';
import { usageError } from '../exit.ts';

/** Environment variables, as the help text explains them. */
const logVariables = {
  kafkaUser: 'MILLRACE_KAFKA_USER',
  kafkaPassword: 'MILLRACE_KAFKA_PASSWORD',
  kafkaMechanism: 'MILLRACE_KAFKA_SASL',
  kafkaTls: 'MILLRACE_KAFKA_TLS',
  kafkaCa: 'MILLRACE_KAFKA_CA',
  kafkaCert: 'MILLRACE_KAFKA_CERT',
  kafkaKey: 'MILLRACE_KAFKA_KEY',
  natsCredentials: 'MILLRACE_NATS_CREDS',
  natsTls: 'MILLRACE_NATS_TLS',
  natsCa: 'MILLRACE_NATS_CA',
  natsCert: 'MILLRACE_NATS_CERT',
  natsKey: 'MILLRACE_NATS_KEY',
} as const;

type Env = Readonly<Record<string, string | undefined>>;
type Tls = NonNullable<KafkaSecurity['tls']>;

const expected =
  'Use local (durable, in the data directory), memory, kafka://HOST:PORT[,HOST:PORT] or nats://HOST:PORT[,HOST:PORT].';
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
const serverPattern = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i;

/** The flag and the environment as a value; a usage error says what was expected. */
export function parseLog(text: string, env: Env): InstallationLog {
  if (text === 'local' || text === 'memory') return { kind: text };
  const parts = /^(kafka|nats):\/\/([^/?#]*)\/?$/.exec(text);
  if (!parts) throw usageError(`--log ${withoutUser(text)} is not known`, expected);
  const [, scheme, list = ''] = parts;
  if (list.includes('@')) {
    const how =
      scheme === 'kafka' ? `${logVariables.kafkaUser} and ${logVariables.kafkaPassword}` : logVariables.natsCredentials;
    throw usageError('--log takes no user and no password: others can read the command line', `Set ${how} instead.`);
  }
  const servers = list.split(',').filter((server) => server !== '');
  if (servers.length === 0) throw usageError(`--log ${text} names no server`, expected);
  for (const server of servers) {
    const port = Number(serverPattern.exec(server)?.[1] ?? Number.NaN);
    if (!(port > 0 && port < 65_536)) throw usageError(`--log: "${server}" is no server`, 'Expected HOST:PORT.');
  }
  if (scheme === 'kafka') return { kind: 'kafka', cluster: { servers, ...kafkaSecurity(env) } };
  return { kind: 'jetstream', cluster: natsCluster(servers, env) };
}

/** As it is shown (T1). */
export function logText(log: InstallationLog): string {
  if (log.kind === 'local' || log.kind === 'memory') return log.kind;
  if (log.kind === 'kafka') return `kafka://${log.cluster.servers.join(',')}`;
  return `nats://${serversOf(log).join(',')}`;
}

/** `host:port` of the servers it names; none where it needs none. */
export function serversOf(log: InstallationLog): readonly string[] {
  if (log.kind === 'local' || log.kind === 'memory') return [];
  return log.cluster.servers.map((server) => server.replace(/^[a-z]+:\/\//, ''));
}

function kafkaSecurity(env: Env): { readonly security?: KafkaSecurity } {
  const user = env[logVariables.kafkaUser];
  const password = env[logVariables.kafkaPassword];
  const named = env[logVariables.kafkaMechanism]?.toLowerCase();
  const mechanism = mechanisms.find((one) => one === (named ?? 'plain'));
  if (!mechanism)
    throw usageError(`${logVariables.kafkaMechanism}=${named} is not known`, `Use one of: ${mechanisms.join(', ')}.`);
  if ((user === undefined) !== (password === undefined)) {
    const [is, missing] = user === undefined ? ['Password', 'User'] : ['User', 'Password'];
    throw usageError(
      `${logVariables[`kafka${is}` as 'kafkaUser']} is set without ${logVariables[`kafka${missing}` as 'kafkaUser']}`,
      'Set both, or none.',
    );
  }
  const tls = tlsOf(env, logVariables.kafkaTls, logVariables.kafkaCa, logVariables.kafkaCert, logVariables.kafkaKey);
  const sasl = user !== undefined && password !== undefined ? { mechanism, user, password } : undefined;
  return sasl || tls ? { security: { ...(sasl && { sasl }), ...(tls && { tls }) } } : {};
}

function natsCluster(servers: readonly string[], env: Env): NatsCluster {
  const tls = tlsOf(env, logVariables.natsTls, logVariables.natsCa, logVariables.natsCert, logVariables.natsKey);
  const credentials = fileIn(env, logVariables.natsCredentials);
  const scheme = tls === undefined ? 'nats' : 'tls';
  return {
    servers: servers.map((server) => `${scheme}://${server}`),
    ...(credentials === undefined ? {} : { credentials }),
    ...(tls && { tls }),
  };
}

/** TLS is used when it is asked for, or when any of its files is named. */
function tlsOf(env: Env, asked: string, ...files: readonly [ca: string, cert: string, key: string]): Tls | undefined {
  const [ca, cert, key] = files.map((file) => fileIn(env, file));
  const wanted = env[asked] === 'true' || env[asked] === '1';
  if (!wanted && ca === undefined && cert === undefined && key === undefined) return undefined;
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}

function fileIn(env: Env, variable: string): string | undefined {
  const path = env[variable];
  if (path === undefined || path === '') return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageError(`${variable} names ${path}, which cannot be read`, (error as Error).message);
  }
}

function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//…@');
}

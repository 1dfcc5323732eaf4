/**
 * One server for all tests of the file that asks for it. Where it cannot be had, each of these tests is listed as skipped with the reason;
 * when `CI` is set, that is a failure.
 */
import { TcpProxy } from '@millrace/testkit';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Installation } from './installation.ts';
import { type KafkaCluster, type KafkaOptions, type KafkaServer, startKafka, startKafkaCluster } from './kafka.ts';
import { kafkaServers } from './kafka-install.ts';
import { type NatsCluster, type NatsOptions, type NatsServer, startNats, startNatsCluster } from './nats.ts';
import { natsServers } from './nats-install.ts';

/** The first start on a machine fetches the server; later ones take seconds. */
const startMsMax = 900_000;

export interface Shared<T> {
  /** The server, within a test or a hook that runs after its start. */
  (): T;
  /** A `beforeAll` that is left out where the server cannot be had. */
  prepare(work: (server: T) => Promise<void>, timeoutMs?: number): void;
}

/** A function is asked when the server starts: for proxies that a hook before it made. */
type Options<T> = T | (() => T);

const optionsOf = <T extends object>(options: Options<T> | undefined): T | undefined =>
  typeof options === 'function' ? options() : options;

/** Call it at the top of a file or of a describe, before other hooks. */
export const sharedKafka = (options?: Options<KafkaOptions>): Shared<KafkaServer> =>
  shared(kafkaServers, () => startKafka(optionsOf(options)));

export const sharedKafkaCluster = (count?: number, options?: Options<KafkaOptions>): Shared<KafkaCluster> =>
  shared(kafkaServers, () => startKafkaCluster(count, optionsOf(options)));

export const sharedNats = (options?: Options<NatsOptions>): Shared<NatsServer> =>
  shared(natsServers, () => startNats(optionsOf(options)));

export const sharedNatsCluster = (count?: number, options?: Options<NatsOptions>): Shared<NatsCluster> =>
  shared(natsServers, () => startNatsCluster(count, optionsOf(options)));

/** A proxy for a server to stand behind: call it before that server's own, with a function for its options. */
export function sharedProxy(): () => TcpProxy {
  let proxy: TcpProxy | undefined;
  beforeAll(async () => {
    proxy = await TcpProxy.start();
  });
  afterAll(() => proxy?.stop());
  return () => {
    if (!proxy) throw new Error('the proxy starts in beforeAll: ask for it within a test or a hook');
    return proxy;
  };
}

function shared<T extends { stop(): Promise<void> }>(
  installation: () => Promise<Installation<unknown>>,
  start: () => Promise<T>,
): Shared<T> {
  let server: T | undefined;
  let missing: string | undefined;

  beforeAll(async () => {
    const found = await installation();
    if (found.kind === 'available') server = await start();
    else missing = found.reason;
  }, startMsMax);

  beforeEach((context) => {
    if (missing === undefined) return;
    // Thrown for each test, so that each is counted.
    if (isCi()) throw new Error(missing);
    context.skip(missing);
  });

  afterAll(async () => {
    await server?.stop();
  });

  const get = () => {
    if (!server)
      throw new Error(missing ?? 'the server starts in beforeAll: ask for it within a test, or in `prepare`');
    return server;
  };
  const prepare: Shared<T>['prepare'] = (work, timeoutMs) =>
    beforeAll(async () => {
      if (server) await work(server);
    }, timeoutMs);
  return Object.assign(get, { prepare });
}

function isCi(): boolean {
  const value = process.env['CI'] ?? '';
  return value !== '' && value !== '0' && value !== 'false';
}

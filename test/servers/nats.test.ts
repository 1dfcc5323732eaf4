/** The NATS of the tests: it keeps what it acknowledged over a kill, flushes with each message, and can stand behind a proxy. */

import { waitFor } from '@millrace/testkit';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { describe, expect, test } from 'vitest';
import { sharedNats, sharedNatsCluster, sharedProxy } from './index.ts';

async function withConnection<T>(
  servers: string,
  work: (connection: Awaited<ReturnType<typeof connect>>) => Promise<T>,
): Promise<T> {
  const connection = await connect({ servers: servers.split(','), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

const publish = (servers: string, stream: string, replicas = 1) =>
  withConnection(servers, async (connection) => {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: stream, subjects: [stream], num_replicas: replicas });
    await jetstream(connection).publish(stream, 'one');
    return (await manager.streams.info(stream)).state.messages;
  });

const messages = (servers: string, stream: string) =>
  withConnection(
    servers,
    async (connection) => (await (await jetstreamManager(connection)).streams.info(stream)).state.messages,
  );

describe('one server', () => {
  const proxy = sharedProxy();
  const nats = sharedNats(() => ({ proxies: [proxy()] }));

  test('what was acknowledged is there after kill -9 and a restart on the same port', async () => {
    const { servers, pid } = nats();
    expect(await publish(servers, 'KEPT')).toBe(1);
    await nats().kill();
    await nats().restart();
    expect(nats()).toMatchObject({ servers });
    expect(nats().pid).not.toBe(pid);
    expect(await messages(servers, 'KEPT')).toBe(1);
  });

  test('JetStream flushes with each message', async () => {
    const answer = await fetch(`${nats().monitorUrl}/varz`);
    const { jetstream: state } = (await answer.json()) as { jetstream: { config: { sync_always?: boolean } } };
    expect(state.config.sync_always).toBe(true);
  });

  test('the address of the proxy leads through the proxy', async () => {
    expect(await publish(nats().proxied.servers, 'PROXIED')).toBe(1);
    expect(proxy().accepted).toBeGreaterThan(0);
    proxy().refuse();
    await expect(connect({ servers: nats().proxied.servers, reconnect: false })).rejects.toThrow();
    proxy().resume();
    expect(await messages(nats().proxied.servers, 'PROXIED')).toBe(1);
  });
});

describe('one server with TLS', () => {
  const nats = sharedNats({ tls: 'mutual' });

  test('takes who shows a good certificate, and nobody else', async () => {
    const { servers, tls } = nats();
    const { caCrt: ca, userCrt: cert, userKey: key } = tls;
    const connection = await connect({ servers, tls: { ca, cert, key } });
    await connection.flush();
    await connection.close();
    await expect(connect({ servers, tls: { ca }, reconnect: false })).rejects.toThrow();
    await expect(connect({ servers, tls: {}, reconnect: false })).rejects.toThrow();
  });
});

describe('three servers', () => {
  const cluster = sharedNatsCluster();

  test('the leader of three killed: another one leads within seconds', async () => {
    const { servers, nodes } = cluster();
    expect(await publish(servers, 'REPLICATED', 3)).toBe(1);
    await withConnection(servers, async (connection) => {
      const leader = async () =>
        (await (await jetstreamManager(connection)).streams.info('REPLICATED')).cluster?.leader;
      const first = await leader();
      const victim = nodes.find(({ name }) => name === first);
      await victim?.kill();
      await waitFor(
        'another node leads',
        async () => {
          const now = await leader().catch(() => undefined);
          return now !== undefined && now !== '' && now !== first;
        },
        { timeoutMs: 20_000, everyMs: 200 },
      );
      await jetstream(connection).publish('REPLICATED', 'two', { retries: 10 });
      await victim?.restart();
    });
    expect(await messages(servers, 'REPLICATED')).toBe(2);
  }, 60_000);
});

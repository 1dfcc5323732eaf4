/** The Kafka of the tests: it keeps what it acknowledged over a kill, speaks every protocol that is tested with it, and can stand behind a proxy. */
import { waitFor } from '@millrace/testkit';
import { Kafka, type KafkaConfig, logLevel, Partitioners, type SASLOptions } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { type KafkaServer, sharedKafka, sharedKafkaCluster, sharedProxy } from './index.ts';

const client = (servers: string, more: Partial<KafkaConfig> = {}) =>
  new Kafka({ brokers: servers.split(','), logLevel: logLevel.NOTHING, connectionTimeout: 2_000, ...more });

/** Makes a topic, sends one record with all acknowledgements, and says where it ended. */
async function produce(kafka: Kafka, topic: string, replicas = 1): Promise<string> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic, numPartitions: 1, replicationFactor: replicas }],
    waitForLeaders: true,
  });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: [{ value: 'one' }] });
  await producer.disconnect();
  const high = await highWatermark(kafka, topic);
  await admin.disconnect();
  return high;
}

async function highWatermark(kafka: Kafka, topic: string): Promise<string> {
  const admin = kafka.admin();
  await admin.connect();
  const [partition] = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return partition?.high ?? '';
}

describe('one node', () => {
  const proxy = sharedProxy();

  const protocols = ['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
  const kafka = sharedKafka(() => ({ protocols, proxies: [proxy()] }));
  const sasl = (server: KafkaServer, mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password?: string) =>
    ({
      mechanism,
      username: server.credentials.user,
      password: password ?? server.credentials.password,
    }) as SASLOptions;

  test('what was acknowledged is there after kill -9 and a restart on the same port', async () => {
    const { servers, pid } = kafka();
    expect(await produce(client(servers), 'kept')).toBe('1');
    await kafka().kill();
    await kafka().restart();
    expect(kafka()).toMatchObject({ servers });
    expect(kafka().pid).not.toBe(pid);
    expect(await highWatermark(client(servers), 'kept')).toBe('1');
  });

  test('SSL, with and without a certificate of the client', async () => {
    const { caCrt, userCrt, userKey } = kafka().tls;
    const servers = kafka().listener('SSL');
    expect(await produce(client(servers, { ssl: { ca: [caCrt] } }), 'ssl')).toBe('1');
    expect(await produce(client(servers, { ssl: { ca: [caCrt], cert: userCrt, key: userKey } }), 'mutual')).toBe('1');
  });

  test('SSL: a client that does not know the authority does not connect', async () => {
    const admin = client(kafka().listener('SSL'), { ssl: true, retry: { retries: 0 } }).admin();
    await expect(admin.connect()).rejects.toThrow(/certificate/);
  });

  for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const)
    test(`SASL ${mechanism}, plain and over TLS, and a wrong password is refused`, async () => {
      const server = kafka();
      const good = sasl(server, mechanism);
      const ssl = { ca: [server.tls.caCrt] };
      expect(await produce(client(server.listener('SASL_PLAINTEXT'), { sasl: good }), `sasl-${mechanism}`)).toBe('1');
      expect(await produce(client(server.listener('SASL_SSL'), { sasl: good, ssl }), `tls-${mechanism}`)).toBe('1');
      const bad = sasl(server, mechanism, 'not-it');
      const stranger = client(server.listener('SASL_PLAINTEXT'), { sasl: bad, retry: { retries: 0 } });
      await expect(highWatermark(stranger, `sasl-${mechanism}`)).rejects.toThrow(/authentication/i);
    });

  test('who starts from the address of the proxy stays behind the proxy', async () => {
    const before = proxy().accepted;
    const { servers } = kafka().proxied;
    expect(servers).toBe(`127.0.0.1:${proxy().port}`);
    expect(await produce(client(servers), 'proxied')).toBe('1');
    expect(proxy().accepted).toBeGreaterThan(before);
    proxy().refuse();
    await expect(
      client(servers, { retry: { retries: 0 } })
        .admin()
        .connect(),
    ).rejects.toThrow();
    proxy().resume();
    expect(await highWatermark(client(servers), 'proxied')).toBe('1');
  });
});

describe('three nodes', () => {
  const cluster = sharedKafkaCluster();

  test('one of three killed: the others take over within seconds, and it comes back', async () => {
    const { servers, nodes } = cluster();
    const kafka = client(servers, { retry: { retries: 20, initialRetryTime: 100, maxRetryTime: 500 } });
    expect(await produce(kafka, 'replicated', 3)).toBe('1');
    const admin = kafka.admin();
    await admin.connect();
    const leader = async () => (await admin.fetchTopicMetadata({ topics: ['replicated'] })).topics[0]?.partitions[0];
    const first = await leader();
    const victim = nodes.find(({ nodeId }) => nodeId === first?.leader);
    await victim?.kill();
    const second = await waitFor(
      'another node leads',
      async () => {
        const partition = await leader();
        return partition && partition.leader > 0 && partition.leader !== first?.leader ? partition : undefined;
      },
      { timeoutMs: 15_000, everyMs: 200 },
    );
    expect(second.isr).not.toContain(first?.leader);
    await victim?.restart();
    await waitFor('it is in sync again', async () => (await leader())?.isr.length === 3, {
      timeoutMs: 15_000,
      everyMs: 200,
    });
    await admin.disconnect();
  }, 60_000);
});

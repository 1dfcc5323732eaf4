/** The leader of three nats-servers is killed with -9: another one leads, and it comes back. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { describe, expect, test } from 'vitest';
import { type NatsCluster, type NatsServer, sharedNatsCluster } from '../../servers/index.ts';
import { faultTest, rounds, testMsMax } from '../support/fault-test.ts';
import { messagesOnNats } from '../support/stored.ts';

/** The server that leads the Broker's stream. */
async function leader({ servers, nodes }: NatsCluster): Promise<NatsServer> {
  const connection = await connect({ servers: servers.split(',') });
  try {
    const manager = await jetstreamManager(connection);
    for await (const { config, cluster } of manager.streams.list())
      if (config.name.startsWith('KN_BROKER_')) {
        expect(config.num_replicas).toBe(3);
        const node = nodes.find(({ name }) => name === cluster?.leader);
        if (node) return node;
      }
    throw new Error('no stream of a Broker has a leader');
  } finally {
    await connection.close();
  }
}

describe('NATS, three servers', () => {
  const cluster = sharedNatsCluster();

  test(
    'the leader killed -9: the others go on within 30 s, nothing acknowledged is lost, order holds',
    async () => {
      await faultTest({ name: 'the leader of three nats-servers killed', log: cluster().url }, async ({ trial }) => {
        for (let round = 0; round < rounds * 2; round++) {
          const node = await leader(cluster());
          await trial.fault(`kill -9 of ${node.name}, which leads`, () => node.kill());
          await trial.healed(`the death of ${node.name}, with two servers`);
          await node.restart();
          await trial.healed(`the return of ${node.name}`);
        }
        await trial.conclude({ acknowledgedMin: 500, stored: () => messagesOnNats(cluster()) });
      });
    },
    testMsMax,
  );
});

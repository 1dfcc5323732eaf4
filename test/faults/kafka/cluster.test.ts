/** One of three Kafka nodes is killed with -9: the others go on, and it comes back. */
import { describe, test } from 'vitest';
import { sharedKafkaCluster } from '../../servers/index.ts';
import { faultTest, rounds, testMsMax } from '../support/fault-test.ts';
import { recordsOnKafka } from '../support/stored.ts';

describe('Kafka, three nodes', () => {
  const cluster = sharedKafkaCluster();

  test(
    'one killed -9: the others go on within 30 s, nothing acknowledged is lost, order holds',
    async () => {
      await faultTest({ name: 'one of three Kafka nodes killed', log: cluster().url }, async ({ trial }) => {
        for (let round = 0; round < rounds; round++)
          for (const node of cluster().nodes) {
            await trial.fault(`kill -9 of node ${node.nodeId}`, () => node.kill());
            await trial.healed(`the death of node ${node.nodeId}, with two nodes`);
            await node.restart();
            await trial.healed(`the return of node ${node.nodeId}`);
          }
        await trial.conclude({ acknowledgedMin: 500, stored: () => recordsOnKafka(cluster()) });
      });
    },
    testMsMax,
  );
});

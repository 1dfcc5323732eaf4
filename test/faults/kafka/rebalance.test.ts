/** Two of our processes share the partitions of a topic, and come and go every few seconds. */
import { describe, test } from 'vitest';
import { sharedKafka } from '../../servers/index.ts';
import { comeAndGo } from '../support/coming-and-going.ts';
import { comingAndGoingMs, faultTest, testMsMax } from '../support/fault-test.ts';
import { recordsOnKafka } from '../support/stored.ts';

describe('two processes on Kafka', () => {
  const kafka = sharedKafka();

  test(
    `coming and going for ${comingAndGoingMs / 1_000} s: nothing acknowledged is lost, order holds across rebalances`,
    async () => {
      await faultTest({ name: 'group rebalance on Kafka', log: kafka().url, processes: 2 }, async (world) => {
        await comeAndGo(world);
        await world.trial.conclude({ acknowledgedMin: 500, stored: () => recordsOnKafka(kafka()) });
      });
    },
    testMsMax,
  );
});

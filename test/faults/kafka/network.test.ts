/** The way between us and Kafka is slow, cut, silent, closed. */
import { describe, test } from 'vitest';
import { sharedKafka, sharedProxy } from '../../servers/index.ts';
import { badNetwork } from '../support/bad-network.ts';
import { faultTest, testMsMax } from '../support/fault-test.ts';
import { recordsOnKafka } from '../support/stored.ts';

describe('the network between us and Kafka', () => {
  const proxy = sharedProxy();
  const kafka = sharedKafka(() => ({ proxies: [proxy()] }));

  test(
    'delayed, cut, held and refused: nothing acknowledged is lost, order holds, recovery within 30 s',
    async () => {
      await faultTest({ name: 'bad network to Kafka', log: kafka().proxied.url }, async (world) => {
        await badNetwork(world, [proxy()]);
        await world.trial.conclude({ acknowledgedMin: 500, stored: () => recordsOnKafka(kafka()) });
      });
    },
    testMsMax,
  );
});

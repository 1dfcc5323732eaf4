/** The only Kafka node is killed with -9 and comes back. */
import { describe, test } from 'vitest';
import { sharedKafka } from '../../servers/index.ts';
import { faultTest, pause, rounds, testMsMax } from '../support/fault-test.ts';
import { recordsOnKafka } from '../support/stored.ts';

describe('Kafka, one node', () => {
  const kafka = sharedKafka();

  test(
    'killed -9 and restarted: nothing acknowledged is lost, order holds, recovery within 30 s',
    async () => {
      await faultTest({ name: 'Kafka node killed', log: kafka().url }, async ({ trial }) => {
        for (let round = 0; round < rounds * 2; round++) {
          await trial.fault('kill -9 of the node', () => kafka().kill());
          await pause(2_000);
          await kafka().restart();
          await trial.healed('the restart of the node');
        }
        await trial.conclude({ acknowledgedMin: 500, stored: () => recordsOnKafka(kafka()) });
      });
    },
    testMsMax,
  );
});

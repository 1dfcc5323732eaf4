/** Our process on Kafka is killed with -9 and started again. */
import { describe, test } from 'vitest';
import { sharedKafka } from '../../servers/index.ts';
import { faultTest, pause, rounds, testMsMax } from '../support/fault-test.ts';
import { recordsOnKafka } from '../support/stored.ts';

describe('our process on Kafka', () => {
  const kafka = sharedKafka();

  test(
    'killed -9 and restarted: nothing acknowledged is lost, duplicates at most what was in flight',
    async () => {
      await faultTest(
        { name: 'our process on Kafka killed', log: kafka().url },
        async ({ trial, processes: [ours] }) => {
          for (let round = 0; round < rounds * 2; round++) {
            await trial.fault('kill -9 of our process', () => ours?.end('SIGKILL'));
            await ours?.start();
            await trial.healed('its restart');
            await pause(500);
          }
          await trial.conclude({ acknowledgedMin: 500, stored: () => recordsOnKafka(kafka()) });
        },
      );
    },
    testMsMax,
  );
});

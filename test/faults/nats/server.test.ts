/** The only nats-server is killed with -9 and comes back. */
import { describe, test } from 'vitest';
import { sharedNats } from '../../servers/index.ts';
import { faultTest, pause, rounds, testMsMax } from '../support/fault-test.ts';
import { messagesOnNats } from '../support/stored.ts';

describe('NATS, one server', () => {
  const nats = sharedNats();

  test(
    'killed -9 and restarted: nothing acknowledged is lost, order holds, recovery within 30 s',
    async () => {
      await faultTest({ name: 'nats-server killed', log: nats().url }, async ({ trial }) => {
        for (let round = 0; round < rounds * 2; round++) {
          await trial.fault('kill -9 of the server', () => nats().kill());
          await pause(2_000);
          await nats().restart();
          await trial.healed('the restart of the server');
        }
        await trial.conclude({ acknowledgedMin: 500, stored: () => messagesOnNats(nats()) });
      });
    },
    testMsMax,
  );
});

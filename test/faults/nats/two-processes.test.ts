/** Two of our processes share a stream, and come and go every few seconds. */
import { describe, test } from 'vitest';
import { sharedNats } from '../../servers/index.ts';
import { comeAndGo } from '../support/coming-and-going.ts';
import { comingAndGoingMs, faultTest, testMsMax } from '../support/fault-test.ts';
import { messagesOnNats } from '../support/stored.ts';

describe('two processes on NATS', () => {
  const nats = sharedNats();

  test(
    `coming and going for ${comingAndGoingMs / 1_000} s: nothing acknowledged is lost, order holds when the other takes over`,
    async () => {
      await faultTest({ name: 'two processes on NATS', log: nats().url, processes: 2 }, async (world) => {
        await comeAndGo(world);
        await world.trial.conclude({ acknowledgedMin: 500, stored: () => messagesOnNats(nats()) });
      });
    },
    testMsMax,
  );
});

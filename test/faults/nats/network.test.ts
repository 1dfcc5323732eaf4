/** The way between us and NATS is slow, cut, silent, closed. */
import { describe, test } from 'vitest';
import { sharedNats, sharedProxy } from '../../servers/index.ts';
import { badNetwork } from '../support/bad-network.ts';
import { faultTest, testMsMax } from '../support/fault-test.ts';
import { messagesOnNats } from '../support/stored.ts';

describe('the network between us and NATS', () => {
  const proxy = sharedProxy();
  const nats = sharedNats(() => ({ proxies: [proxy()] }));

  test(
    'delayed, cut, held and refused: nothing acknowledged is lost, order holds, recovery within 30 s',
    async () => {
      await faultTest({ name: 'bad network to NATS', log: nats().proxied.url }, async (world) => {
        await badNetwork(world, [proxy()]);
        await world.trial.conclude({ acknowledgedMin: 500, stored: () => messagesOnNats(nats()) });
      });
    },
    testMsMax,
  );
});

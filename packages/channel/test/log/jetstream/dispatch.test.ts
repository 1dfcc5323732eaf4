/** The dispatch engine on a JetStream log that two processes share: each event reaches every subscription, whoever dispatches. */
import type { LogRoute, RoutingTable } from '@millrace/api';
import { silentLogger, systemClock, systemRandom } from '@millrace/runtime';
import { waitFor } from '@millrace/testkit';
import { expect, it } from 'vitest';
import { sharedNats } from '../../../../../test/servers/index.ts';
import { MemoryDeadLetters } from '../../../src/dead-letter/index.ts';
import { createDispatcher, type Dispatcher } from '../../../src/dispatch/index.ts';
import { accepted, route } from '../../dispatch/harness.ts';
import { idOf, newRecord, plenty } from '../contract-world.ts';
import { type Process, startProcess } from './world.ts';

const nats = sharedNats();
const leaseMs = 1_000;
const maxInFlight = 8;

const log: LogRoute = {
  uid: 'shared-log',
  kind: 'Broker',
  namespace: 'ns',
  name: 'shared-log',
  path: '/ns/shared-log',
  hosts: [],
  retention: plenty,
  subscriptions: ['one', 'two'].map((uid) => route(uid, { start: { kind: 'earliest' }, maxInFlight })),
};
const table: RoutingTable = { logs: [log] };

interface Member {
  readonly process: Process;
  readonly dispatcher: Dispatcher;
  dead: boolean;
}

it('L6: processes that crash, stop and come back: everything acknowledged is delivered, duplicates within what was in flight', async () => {
  /** `<trigger> <event>` as often as it was delivered. */
  const delivered = new Map<string, number>();
  const begin = async (): Promise<Member> => {
    const process = startProcess({ servers: [nats().url] }, { leaseMs });
    const member = { process, dead: false } as { process: Process; dead: boolean; dispatcher: Dispatcher };
    member.dispatcher = createDispatcher({
      ...{ clock: systemClock, random: systemRandom, logger: silentLogger, logs: process.store },
      deadLetters: new MemoryDeadLetters(),
      deliverer: {
        async attempt(attempt) {
          await new Promise((resolve) => setTimeout(resolve, 2));
          // A process that is gone delivers nothing.
          if (member.dead) return new Promise(() => {});
          const what = `${attempt.target.url} ${attempt.event.attributes['id']}`;
          delivered.set(what, (delivered.get(what) ?? 0) + 1);
          return accepted;
        },
        close: async () => {},
      },
      makeMatcher: (entries) => ({ match: () => entries.map(({ value }) => value) }),
      storeReply: async () => ({ kind: 'stored' }),
    });
    await member.dispatcher.apply(table);
    return member;
  };

  const first = await begin();
  const second = await begin();
  const acknowledged: string[] = [];
  let stop = false;
  const feed = (async () => {
    while (!stop) {
      const record = newRecord(100);
      const outcome = await second.dispatcher.logFor(log.uid)!.append([record]);
      if (outcome.kind === 'appended') acknowledged.push(idOf(record));
    }
  })();
  const progress = async (what: string) => {
    const before = delivered.size;
    await waitFor(`deliveries ${what}`, () => delivered.size > before + 100, { timeoutMs: 20_000 });
  };
  await progress('at first');
  first.dead = true;
  first.process.crash();
  await progress('after a crash');
  const third = await begin();
  await second.dispatcher.drain(5_000);
  await progress('after an orderly stop');
  stop = true;
  await feed;
  const wanted = ['one', 'two'].flatMap((uid) => acknowledged.map((id) => `http://${uid}/ ${id}`));
  await waitFor('everything is delivered', () => wanted.every((what) => delivered.has(what)), { timeoutMs: 20_000 });
  const duplicates = [...delivered.values()].reduce((sum, count) => sum + count - 1, 0);
  expect(duplicates).toBeLessThanOrEqual(2 * maxInFlight);
  for (const { dispatcher, process } of [first, second, third]) {
    await dispatcher.stop();
    await process.store.close();
  }
}, 60_000);

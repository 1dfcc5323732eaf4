/**
 * A slow or dead subscriber delays nobody else (design section 4, rule 2): a black hole and one that fails always,
 * beside a healthy one, in virtual time. Outcomes and order only; the figures are the benchmark's.
 */
import type { RoutingTable, SubscriptionRoute } from '@millrace/api';
import { describe, expect, test } from 'vitest';
import { World } from './world.ts';

const EVENTS = 1_500;
const BATCH = 50;

function trigger(uid: string): SubscriptionRoute {
  return {
    uid,
    kind: 'Trigger',
    namespace: 'ns',
    name: uid,
    revision: 1,
    filter: {},
    subscriber: { url: `http://subscriber/${uid}` },
    delivery: { retryMax: 3, backoffPolicy: 'exponential', backoffDelayMs: 200, timeoutMs: 5_000, retryAfterMaxMs: 0 },
    order: 'unordered',
    start: { kind: 'latest' },
    paused: false,
    maxInFlight: 64,
  };
}

const table: RoutingTable = {
  logs: [
    {
      uid: 'log',
      kind: 'Broker',
      namespace: 'ns',
      name: 'b',
      path: '/ns/b',
      hosts: [],
      retention: { ageMs: 1e9, bytes: 1e9 },
      subscriptions: ['healthy', 'black-hole', 'failing'].map(trigger),
    },
  ],
};

/** Sends all events at 2,000/s and gives the longest time from acknowledgement to the healthy subscriber. */
async function send(world: World): Promise<number> {
  const acked = new Map<string, number>();
  for (let sent = 0; sent < EVENTS; sent += BATCH) {
    const records = Array.from({ length: BATCH }, (_, index) => {
      const attributes = { id: `e${sent + index}`, source: '/s', type: 't' };
      return { event: { specversion: '1.0' as const, attributes, data: new Uint8Array(1_024) }, headers: [] };
    });
    void world.log?.append(records).then(() => {
      for (const { event } of records) acked.set(event.attributes.id, world.clock.monotonic());
    });
    await world.clock.advance((1_000 * BATCH) / 2_000);
  }
  await world.clock.advance(1_000);
  const healthy = world.history.attempts.filter((attempt) => attempt.trigger === 'healthy');
  expect(healthy.map(({ eventId }) => eventId)).toEqual(Array.from({ length: EVENTS }, (_, index) => `e${index}`));
  expect(acked.size).toBe(EVENTS);
  return Math.max(...healthy.map(({ eventId, startMs }) => startMs - (acked.get(eventId) ?? 0)));
}

async function start(): Promise<World> {
  const world = new World(1, { partitions: 1, limits: {}, mutate: {} });
  world.begin();
  void world.dispatcher?.apply(table);
  await world.clock.advance(100);
  return world;
}

describe('beside a black hole and a subscriber that fails always', () => {
  test('the healthy trigger gets everything, once, in order, no later than alone', async () => {
    const alone = await send(await start());
    const world = await start();
    world.manners.set('subscriber/black-hole', 'hangs');
    world.manners.set('subscriber/failing', 'fails');
    const beside = await send(world);
    expect(beside).toBeLessThanOrEqual(alone + 5);
    const views = new Map(world.dispatcher?.views().map((view) => [view.subscription, view]));
    expect(views.get('healthy')).toMatchObject({ state: 'attached', lag: 0, delivered: EVENTS, oldestUnsettledMs: 0 });
    expect(views.get('black-hole')).toMatchObject({ state: 'detached', delivered: 0, inFlight: 64 });
    expect(world.dispatcher?.heldBytes()).toBeLessThan(2 * 1_024 * 1_300);
  });

  test('healed, the black hole gets its backlog in full', async () => {
    const world = await start();
    world.manners.set('subscriber/black-hole', 'hangs');
    world.manners.set('subscriber/failing', 'fails');
    await send(world);
    world.manners.clear();
    const done = () => world.dispatcher?.views().every((view) => view.lag === 0 && view.state === 'attached') === true;
    await world.clock.advanceUntil(done, 60_000);
    const taken = (uid: string) =>
      new Set(world.history.attempts.filter((a) => a.trigger === uid && a.result === 'taken').map((a) => a.eventId))
        .size;
    const kept = (uid: string) => [...world.letters.values()].filter((letter) => letter.trigger === uid).length;
    expect(taken('black-hole') + kept('black-hole')).toBe(EVENTS);
    expect(taken('failing') + kept('failing')).toBe(EVENTS);
    expect(kept('black-hole')).toBe(0);
  });
});

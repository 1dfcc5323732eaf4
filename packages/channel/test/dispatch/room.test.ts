/** S4: nothing is begun that could not go out now, and whoever waits for room gets a turn. */
import { describe, expect, test } from 'vitest';
import { accepted, Harness, refused, route } from './harness.ts';

const shared = { subscriber: { url: 'http://shared/' } };
const three = [route('a', shared), route('b', shared), route('c', shared)];

/** Answers each attempt after that time. */
function slow(harness: Harness, delayMs: number): void {
  harness.answer = () => new Promise((resolve) => void harness.clock.setTimer(delayMs, () => resolve(accepted)));
}

describe('S4: a subscriber that has no room', () => {
  test('three triggers, room for two: never more under way, nobody waits for ever, each event once', async () => {
    const harness = new Harness();
    harness.roomMax = 2;
    let most = 0;
    harness.answer = ({ target }) => {
      most = Math.max(most, harness.underWay.get(target.url) ?? 0);
      return new Promise((resolve) => void harness.clock.setTimer(10, () => resolve(accepted)));
    };
    await harness.apply(...three);
    await harness.append(20);
    const inFlight = three.reduce((sum, { uid }) => sum + harness.view(uid).inFlight, 0);
    expect(inFlight).toBe(2);
    await harness.clock.advance(60);
    // In turn: nobody is two events ahead of another.
    const delivered = three.map(({ uid }) => harness.view(uid).delivered);
    expect(Math.max(...delivered) - Math.min(...delivered)).toBeLessThanOrEqual(2);
    await harness.clock.advance(1_000);
    expect(most).toBe(2);
    for (const { uid } of three) expect(harness.view(uid)).toMatchObject({ delivered: 20, lag: 0, inFlight: 0 });
    expect(harness.sent).toHaveLength(60);
  });

  test('the subscriber is another one now: what waited for room at the old one goes on at once', async () => {
    const harness = new Harness();
    harness.roomMax = 1;
    slow(harness, 1e6);
    await harness.apply(route('t'));
    await harness.append(3);
    expect(harness.sent.map(({ attempt }) => attempt.target.url)).toEqual(['http://t/']);
    harness.answer = () => accepted;
    await harness.apply(route('t', { subscriber: { url: 'http://other/' }, revision: 2 }));
    await harness.clock.advance(10);
    expect(harness.ids()).toEqual(['e0', 'e1', 'e2']);
    expect(harness.view().delivered).toBe(2);
  });

  test.for(['paused', 'removed'] as const)('a turn of a trigger that is %s goes to the next one', async (what) => {
    const harness = new Harness();
    harness.roomMax = 1;
    slow(harness, 100);
    await harness.apply(...three);
    await harness.append(1);
    expect(harness.sent).toHaveLength(1);
    const [a, b, c] = three;
    await harness.apply(a!, ...(what === 'removed' ? [] : [{ ...b!, paused: true, revision: 2 }]), c!);
    await harness.clock.advance(300);
    expect(harness.view('a').delivered + harness.view('c').delivered).toBe(2);
    await harness.apply(...three.map((one) => ({ ...one, revision: 3 })));
    await harness.clock.advance(300);
    expect(harness.sent).toHaveLength(what === 'paused' ? 3 : 2);
  });

  test('the order of a key holds: an event that found no room goes before those behind it', async () => {
    const harness = new Harness();
    harness.roomMax = 1;
    slow(harness, 10);
    await harness.apply(route('t', { order: 'ordered' }), route('other', { subscriber: { url: 'http://t/' } }));
    for (let count = 0; count < 5; count++) await harness.append(2, { key: 'k' });
    await harness.clock.advance(1_000);
    const ofT = harness.flow.filter((event) => event.kind === 'settled' && event.subscription === 't');
    expect(ofT.map((event) => event.kind === 'settled' && event.record.offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('a dead letter does not wait for room at the subscriber that refused it', async () => {
    const harness = new Harness();
    const sink = { url: 'http://sink/' };
    let sinkIsDown = true;
    harness.answer = ({ target }) => {
      if (target.url === sink.url) return sinkIsDown ? refused(503) : accepted;
      return harness.sent.length === 1 ? refused(400) : new Promise(() => {});
    };
    const delivery = { ...route('t').delivery, retryMax: 1 };
    await harness.apply(route('t', { delivery, deadLetterSink: sink, maxInFlight: 10 }));
    await harness.append(1); // Its sink is asked again in a second.
    harness.roomMax = 1;
    await harness.append(2); // One hangs at the subscriber, one finds no room.
    sinkIsDown = false;
    await harness.clock.advance(1_200);
    expect(harness.view()).toMatchObject({ deadLettered: 1, inFlight: 1 });
  });
});

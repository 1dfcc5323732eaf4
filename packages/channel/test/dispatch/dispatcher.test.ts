/** The engine's own rules: windows, positions, order, changes of the table, and its end (design section 4). */
import { describe, expect, test } from 'vitest';
import type { AttemptOutcome } from '../../src/delivery/delivery.ts';
import { defaultLimits } from '../../src/dispatch/limits.ts';
import type { CursorCommit } from '../../src/log/log.ts';
import { accepted, Harness, refused, route } from './harness.ts';

const never = () => new Promise<AttemptOutcome>(() => {});

describe('rule 1: the log is read once', () => {
  test('each event is matched once, whoever wants it, and an event that nobody wants costs one look-up and no commit', async () => {
    const harness = new Harness();
    const routes = Array.from({ length: 50 }, (_, index) => {
      return route(`t${index}`, { filter: { attributes: { type: `wanted-${index}` } } });
    });
    await harness.apply(...routes);
    const commits: CursorCommit[] = [];
    harness.faults.commit = (_, change) => {
      commits.push(change);
      return undefined;
    };
    await harness.append(500, { type: 'unwanted' });
    expect(harness.judged).toBe(500);
    expect(commits).toEqual([]);
    await harness.append(1, { type: 'wanted-7' });
    expect(harness.ids()).toEqual(['e500']);
    await harness.clock.advance(defaultLimits.commitWithinMs);
    expect(commits.flatMap(({ put }) => put.map(({ name }) => name))).toEqual(['t7']);
    // A long run of them is recorded now and then, so that a restart need not judge them again.
    await harness.append(2_000, { type: 'unwanted' });
    expect(commits.at(-1)?.put).toEqual([]);
    expect(commits.at(-1)?.readUpTo[0]?.offset).toBeGreaterThan(1_501);
    expect(commits.length).toBeLessThanOrEqual(4);
  });

  test('after a crash a trigger gets again only what was in flight for it', async () => {
    const harness = new Harness();
    let stuck = true;
    harness.answer = (attempt) => (stuck && attempt.event.attributes['id'] === 'e3' ? never() : accepted);
    await harness.apply(route('t'));
    await harness.append(20);
    await harness.clock.advance(100);
    expect(harness.view()).toMatchObject({ delivered: 19, inFlight: 1, position: 3 });
    harness.logs.crash();
    stuck = false;
    harness.begin();
    await harness.apply(route('t'));
    expect(harness.ids().slice(20)).toEqual(['e3']);
    expect(harness.view()).toMatchObject({ position: 20, lag: 0 });
  });
});

describe('a start on what was there', () => {
  test('C3: cursors that go on where they were record nothing; one that has something to do does', async () => {
    const harness = new Harness();
    const routes = Array.from({ length: 50 }, (_, index) => route(`t${index}`));
    await harness.apply(...routes);
    await harness.append(1_100);
    await harness.clock.advance(defaultLimits.positionWithinMs + 1_000);
    harness.answer = ({ target }) => (target.url.includes('t7') ? never() : accepted);
    await harness.append(1);
    await harness.clock.advance(defaultLimits.positionWithinMs + 1_000);
    harness.logs.crash();
    harness.begin();
    harness.answer = () => accepted;
    const put: string[] = [];
    harness.faults.commit = (_, change) => {
      put.push(...change.put.map(({ name }) => name));
      return undefined;
    };
    const sentBefore = harness.sent.length;
    await harness.apply(...routes);
    expect(new Set(put)).toEqual(new Set(['t7']));
    expect(harness.ids().slice(sentBefore)).toEqual(['e1100']);
    await harness.append(1);
    await harness.clock.advance(defaultLimits.commitWithinMs);
    expect(harness.ids()).toHaveLength(sentBefore + 51);
    expect(new Set(put).size).toBe(50);
  });
});

describe('S1: a slot is freed only when the settlement is durable', () => {
  test('while commits fail, no more than maxInFlight events are ever sent, and the view says why', async () => {
    const harness = new Harness();
    await harness.apply(route('t', { maxInFlight: 4 }));
    harness.faults.commit = () => ({ outcome: { kind: 'failed', reason: 'disk full' } });
    await harness.append(50);
    await harness.clock.advance(5_000);
    expect(harness.sent).toHaveLength(4);
    expect(harness.view()).toMatchObject({ state: 'stalled', inFlight: 0, delivered: 4 });
    expect(harness.view().reason).toContain('disk full');
    delete harness.faults.commit;
    await harness.clock.advance(60_000);
    expect(harness.ids()).toHaveLength(50);
    expect(harness.view()).toMatchObject({ lag: 0, delivered: 50, state: 'attached' });
  });
});

describe('rule 2: memory is bounded', () => {
  test('10 MiB events for black holes stay within the budget, and a healthy trigger still gets its own', async () => {
    const harness = new Harness();
    harness.answer = ({ target }) => (target.url.startsWith('http://hole') ? never() : accepted);
    const holes = Array.from({ length: 4 }, (_, index) => route(`hole${index}`, { maxInFlight: 64 }));
    await harness.apply(...holes, route('t'));
    let mostBytes = 0;
    for (let index = 0; index < 12; index++) {
      await harness.append(1, { bytes: 10 * 1_048_576 });
      mostBytes = Math.max(mostBytes, harness.dispatcher.heldBytes());
    }
    expect(mostBytes).toBeLessThanOrEqual(64 * 1_048_576);
    expect(harness.view('t')).toMatchObject({ delivered: 12, lag: 0 });
  });

  test('ten thousand events for a subscriber that is down stay in the log, not in memory', async () => {
    const harness = new Harness();
    harness.answer = () => refused(503);
    const delivery = { ...route('t').delivery, retryMax: 10, backoffDelayMs: 60_000 };
    await harness.apply(route('t', { delivery }));
    for (let index = 0; index < 20; index++) await harness.append(500);
    expect(harness.view()).toMatchObject({ state: 'detached', end: 10_000, position: 0, retrying: 1_024 });
    expect(harness.sent).toHaveLength(1_024);
  });
});

describe('rule 4: order is per key', () => {
  test('a stuck key holds up only itself, among a thousand keys and behind a window of its own successors', async () => {
    const harness = new Harness({ windowEvents: 64 });
    harness.answer = ({ event }) => (event.attributes['id'] === 'e0' ? never() : accepted);
    await harness.apply(route('t', { order: 'ordered' }));
    await harness.append(200, { key: 'stuck' });
    for (let key = 0; key < 1_000; key++) await harness.append(2, { key: `k${key}` });
    await harness.clock.advance(1_000);
    expect(harness.view()).toMatchObject({ delivered: 2_000, inFlight: 1, position: 0 });
  });

  test('A7: so many of one key behind a stuck one that no more can be held: the view says so, and how to go on', async () => {
    const harness = new Harness({ windowEvents: 64, orderedOpen: 128 });
    let stuck = true;
    harness.answer = ({ event }) => (stuck && event.attributes['id'] === 'e0' ? refused(500) : accepted);
    const delivery = { ...route('t').delivery, retryMax: 1_000 };
    await harness.apply(route('t', { order: 'ordered', delivery }));
    await harness.append(200, { key: 'stuck' });
    await harness.append(1, { key: 'other' });
    await harness.clock.advance(5_000);
    expect(harness.view()).toMatchObject({ state: 'stalled', reason: expect.stringMatching(/^128 events wait/) });
    stuck = false;
    await harness.clock.advance(1_000_000);
    expect(harness.view()).toMatchObject({ state: 'attached', delivered: 201, lag: 0 });
  });

  test('after a crash the keys of what waits behind a stuck one are read many at a time: nothing goes before they are known', async () => {
    const harness = new Harness();
    let stuck = true;
    harness.answer = ({ event }) => (stuck && event.attributes['id'] === 'e0' ? never() : accepted);
    await harness.apply(route('t', { order: 'ordered' }));
    await harness.append(500, { key: 'stuck' });
    await harness.clock.advance(1_000);
    harness.logs.crash();
    harness.begin();
    stuck = false;
    const reads: number[] = [];
    harness.faults.read = (_log, _partition, from) => {
      if (harness.sent.length === 1) reads.push(from);
      return undefined;
    };
    await harness.apply(route('t', { order: 'ordered' }));
    await harness.clock.advance(10_000);
    expect(harness.ids().slice(1)).toEqual(Array.from({ length: 500 }, (_, at) => `e${at}`));
    expect(reads.length).toBeGreaterThan(2);
    expect(reads.length).toBeLessThan(20);
  });

  test('the next of a key waits for the retries and the dead-lettering of the one before', async () => {
    const harness = new Harness();
    harness.answer = ({ event }) => (event.attributes['id'] === 'e0' ? refused(500) : accepted);
    const delivery = { ...route('t').delivery, retryMax: 2 };
    await harness.apply(route('t', { order: 'ordered', delivery }));
    await harness.append(3, { key: 'a' });
    await harness.append(1, { key: 'b' });
    await harness.clock.advance(20_000);
    expect(harness.ids()).toEqual(['e0', 'e3', 'e0', 'e0', 'e1', 'e2']);
  });

  test('events without a key are one key', async () => {
    const harness = new Harness();
    harness.answer = () => new Promise((resolve) => void harness.clock.setTimer(10, () => resolve(accepted)));
    await harness.apply(route('t', { order: 'ordered' }));
    await harness.append(5);
    await harness.clock.advance(200);
    expect(harness.sent.every(({ atMs }, index) => index === 0 || atMs - harness.sent[index - 1]!.atMs >= 10)).toBe(
      true,
    );
    expect(harness.ids()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
  });
});

describe('the annotations take effect without restart and without loss', () => {
  test('paused: the position is kept, nothing is sent, its age is known; resumed: everything comes', async () => {
    const harness = new Harness();
    await harness.apply(route('t', { paused: true }), route('other'));
    await harness.append(100);
    await harness.clock.advance(5_000);
    expect(harness.view()).toMatchObject({ state: 'paused', position: 0, lag: 100, inFlight: 0, matched: 0 });
    expect(harness.view().oldestUnsettledMs).toBeGreaterThanOrEqual(5_000);
    await harness.apply(route('t'), route('other'));
    expect(harness.view()).toMatchObject({ state: 'attached', delivered: 100, lag: 0 });
  });

  test('the age of a paused trigger is found after a restart as well, with nobody else reading', async () => {
    const harness = new Harness();
    await harness.apply(route('t', { paused: true }));
    await harness.append(10);
    harness.logs.crash();
    harness.begin();
    await harness.apply(route('t', { paused: true }));
    await harness.clock.advance(5_000);
    expect(harness.view().oldestUnsettledMs).toBe(0);
    await harness.clock.advance(1);
    expect(harness.view().oldestUnsettledMs).toBeGreaterThanOrEqual(5_000);
  });

  test('without a subscriber it waits, and nothing is skipped', async () => {
    const harness = new Harness();
    const { subscriber: _, ...unresolved } = route('t');
    await harness.apply(unresolved);
    await harness.append(5);
    expect(harness.view()).toMatchObject({ state: 'waiting-for-subscriber', lag: 5 });
    await harness.apply(route('t'));
    expect(harness.ids()).toHaveLength(5);
  });

  test('start: latest, earliest and a time are for new cursors; existing ones resume', async () => {
    const harness = new Harness();
    await harness.apply(route('first'));
    await harness.append(3);
    await harness.clock.advance(10_000);
    const timeMs = harness.clock.now();
    await harness.append(3);
    harness.sent.length = 0;
    const resumed = route('first', { start: { kind: 'earliest' }, revision: 2 });
    await harness.apply(
      resumed,
      route('latest'),
      route('earliest', { start: { kind: 'earliest' } }),
      route('time', { start: { kind: 'time', timeMs } }),
    );
    await harness.append(1);
    const of = (uid: string) =>
      harness.sent.filter(({ attempt }) => attempt.target.url === `http://${uid}/`).map(({ id }) => id);
    expect(of('first')).toEqual(['e6']);
    expect(of('latest')).toEqual(['e6']);
    expect(of('earliest')).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6']);
    expect(of('time')).toEqual(['e3', 'e4', 'e5', 'e6']);
  });

  test('a deleted trigger loses its cursor, also when it was deleted while the process was down', async () => {
    const harness = new Harness();
    await harness.apply(route('a'), route('b'), route('c'));
    await harness.apply(route('a'), route('b'));
    const names = async () => (await harness.log.loadCursors(['a', 'b', 'c'])).cursors.map(({ name }) => name).sort();
    expect(await names()).toEqual(['a', 'b']);
    harness.logs.crash();
    harness.begin();
    await harness.apply(route('b'));
    expect(await names()).toEqual(['b']);
  });

  test('rate-limit holds, and its change takes effect', async () => {
    const harness = new Harness();
    await harness.apply(route('t', { ratePerSecond: 10 }));
    await harness.append(100);
    await harness.clock.advance(2_000);
    expect(harness.sent.length).toBeGreaterThanOrEqual(20);
    expect(harness.sent.length).toBeLessThanOrEqual(21);
    await harness.apply(route('t'));
    expect(harness.sent).toHaveLength(100);
  });
});

describe('trouble is told, and nothing is skipped', () => {
  test('a log that cannot be read: stalled with the reason, then it goes on', async () => {
    const harness = new Harness();
    await harness.apply(route('t'));
    harness.faults.read = () => ({ kind: 'fails', outcome: { kind: 'failed', reason: 'EIO' } });
    await harness.append(3);
    expect(harness.view()).toMatchObject({ state: 'stalled', lag: 3 });
    expect(harness.view().reason).toContain('EIO');
    delete harness.faults.read;
    await harness.clock.advance(60_000);
    expect(harness.view()).toMatchObject({ state: 'attached', delivered: 3 });
  });

  test('events that retention took: stalled, and it says how many are gone', async () => {
    const harness = new Harness();
    await harness.apply(route('t'), route('later', { paused: true }));
    harness.faults.read = () => ({ kind: 'fails', outcome: { kind: 'out-of-range', start: 40, end: 50 } });
    await harness.append(50);
    delete harness.faults.read;
    expect(harness.view()).toMatchObject({ state: 'stalled', position: 0 });
    expect(harness.view().reason).toContain('up to 40 events are gone');
    expect(harness.sent).toEqual([]);
  });
});

describe('the end', () => {
  test('drain lets what is under way finish, begins nothing new, and commits', async () => {
    const harness = new Harness();
    harness.answer = () => new Promise((resolve) => void harness.clock.setTimer(50, () => resolve(accepted)));
    await harness.apply(route('t', { maxInFlight: 2 }));
    await harness.append(10);
    const drained = harness.dispatcher.drain(1_000);
    await harness.clock.advance(1_000);
    expect(await drained).toEqual({ handedBack: 0 });
    expect(harness.ids()).toEqual(['e0', 'e1']);
    harness.answer = () => accepted;
    harness.begin();
    await harness.apply(route('t', { maxInFlight: 2 }));
    expect(harness.ids()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7', 'e8', 'e9']);
  });

  test('what does not finish within the limit is cancelled and handed back unsettled', async () => {
    const harness = new Harness();
    harness.answer = never;
    await harness.apply(route('t', { maxInFlight: 2 }));
    await harness.append(3);
    const drained = harness.dispatcher.drain(1_000);
    await harness.clock.advance(1_001);
    expect(await drained).toEqual({ handedBack: 2 });
    expect(harness.settled()).toEqual([]);
    expect(harness.clock.pending).toBe(0);
    harness.answer = () => accepted;
    harness.begin();
    await harness.apply(route('t'));
    expect(harness.settled()).toHaveLength(3);
  });
});

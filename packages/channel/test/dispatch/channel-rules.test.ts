/** What channels and sources ask of the engine: replies to a URL, overrides, senders that wait, cursors that lost events. */
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/dispatch/limits.ts';
import { accepted, Harness, refused, route } from './harness.ts';

const reply = { specversion: '1.0' as const, attributes: { id: 'r', source: '/r', type: 'reply' } };
const replying = { kind: 'accepted', statusCode: 200, latencyMs: 1, reply, replyHeaders: ['knative-a', 'b'] } as const;
const channel = { kind: 'Subscription', reply: { url: 'http://next/' } } as const;
const retrying = { ...route('t').delivery, retryMax: 1, backoffDelayMs: 10 };
const urls = (harness: Harness) => harness.sent.map(({ attempt }) => attempt.target.url);

describe('a reply that goes to a URL (reference 4.2, 5.2)', () => {
  test('is posted with its own headers and Kn-Namespace, without Prefer, and its answer is ignored', async () => {
    const harness = new Harness();
    harness.answer = ({ target }) => (target.url === 'http://t/' ? replying : accepted);
    await harness.apply(route('t', channel));
    await harness.append(1);
    expect(harness.sent.map(({ attempt }) => attempt)).toMatchObject([
      { target: { url: 'http://t/' }, wantsReply: true, ignoresAnswer: false },
      {
        target: { url: 'http://next/' },
        event: reply,
        headers: ['knative-a', 'b'],
        namespace: 'ns',
        wantsReply: false,
        ignoresAnswer: true,
      },
    ]);
    expect(harness.settled()).toMatchObject([{ terminal: { kind: 'delivered', replied: true } }]);
  });

  test('that fails once: the whole delivery is made again', async () => {
    const harness = new Harness();
    harness.answer = ({ target }, number) =>
      target.url === 'http://t/' ? replying : number === 2 ? refused(503) : accepted;
    await harness.apply(route('t', { ...channel, delivery: retrying }));
    await harness.append(1);
    await harness.clock.advance(1_000);
    expect(urls(harness)).toEqual(['http://t/', 'http://next/', 'http://t/', 'http://next/']);
    expect(harness.settled()).toMatchObject([{ terminal: { kind: 'delivered', attempts: 2 } }]);
  });

  test('that fails for good: the original is dead-lettered, and knativeerrordest is the reply destination', async () => {
    const harness = new Harness();
    harness.answer = ({ target }) =>
      target.url === 'http://t/' ? replying : target.url === 'http://next/' ? refused(500) : accepted;
    await harness.apply(route('t', { ...channel, delivery: retrying, deadLetterSink: { url: 'http://dls/' } }));
    await harness.append(1);
    await harness.clock.advance(1_000);
    const { event } = harness.sent.at(-1)!.attempt;
    expect(event.attributes).toMatchObject({ id: 'e0', knativeerrordest: 'http://next/', knativeerrorcode: '500' });
  });

  test('is dropped where nobody is to have it, and the body of the answer does not matter', async () => {
    const harness = new Harness();
    harness.answer = () => replying;
    await harness.apply(route('t', { kind: 'Subscription' }));
    await harness.append(1);
    expect(harness.sent).toHaveLength(1);
    expect(harness.sent[0]?.attempt).toMatchObject({ wantsReply: true, ignoresAnswer: true });
    expect(harness.settled()).toMatchObject([{ terminal: { kind: 'delivered', replied: false } }]);
  });
});

test('ceOverrides of a source are set last, on what the subscriber and the dead letter sink get', async () => {
  const harness = new Harness();
  harness.answer = ({ target }) => (target.url === 'http://t/' ? refused(400) : accepted);
  const extensions = { type: 'other', region: 'eu' };
  await harness.apply(
    route('t', { kind: 'KafkaSource', extensions: { region: 'eu' }, deadLetterSink: { url: 'http://dls/' } }),
  );
  await harness.append(1);
  expect(harness.sent.map(({ attempt }) => attempt.event.attributes['region'])).toEqual([
    extensions.region,
    extensions.region,
  ]);
});

test('what passes a channel keeps the TTL it came with; a broker takes it away', async () => {
  const harness = new Harness();
  const log = { namespace: 'ns', hosts: [], retention: { ageMs: 1e9, bytes: 1e9 } };
  void harness.dispatcher.apply({
    logs: [
      {
        ...log,
        uid: 'log',
        kind: 'Channel',
        name: 'c',
        path: '/channels/ns/c',
        subscriptions: [route('t', { kind: 'Subscription' })],
      },
    ],
  });
  await harness.clock.advance(10);
  await harness.append(1, { ttl: '7' });
  expect(harness.sent[0]?.attempt.event.attributes['knativebrokerttl']).toBe('7');
});

test("a cursor has its route's own name in the log, and goes when the name changes", async () => {
  const harness = new Harness();
  const names = async () => (await harness.log.loadCursors([])).cursors.map(({ name }) => name);
  await harness.apply(route('t', { cursorName: 'group-1' }));
  expect(await names()).toEqual(['group-1']);
  await harness.append(2);
  await harness.clock.advance(defaultLimits.commitWithinMs);
  harness.logs.crash();
  harness.begin();
  await harness.apply(route('t', { cursorName: 'group-1' }));
  expect(harness.view()).toMatchObject({ lag: 0 });
  await harness.apply(route('t', { cursorName: 'group-2', start: { kind: 'earliest' } }));
  await harness.clock.advance(10);
  expect(await names()).toEqual(['group-2']);
  expect(harness.ids()).toEqual(['e0', 'e1', 'e0', 'e1']);
});

describe('whenSettled (reference 5.2: the sender waits)', () => {
  async function channelWith(...subscriptions: ReturnType<typeof route>[]): Promise<Harness> {
    const harness = new Harness();
    const log = { uid: 'log', kind: 'Channel' as const, namespace: 'ns', name: 'c', path: '/channels/ns/c', hosts: [] };
    void harness.dispatcher.apply({
      logs: [{ ...log, accepts: 'delivered', retention: { ageMs: 1e9, bytes: 1e9 }, subscriptions }],
    });
    await harness.clock.advance(10);
    return harness;
  }

  async function ended(harness: Harness, ms = 5_000, offset = 0): Promise<'delivered' | 'failed' | undefined> {
    let settled: 'delivered' | 'failed' | undefined;
    void harness.dispatcher.whenSettled('log', 0, offset).then((outcome) => {
      settled = outcome;
    });
    await harness.clock.advance(ms);
    return settled;
  }

  const subscription = (uid: string, more: Parameters<typeof route>[1] = {}) =>
    route(uid, { kind: 'Subscription', ...more });
  const slowly = (ms: number) => (harness: Harness) => {
    harness.answer = ({ target }) =>
      target.url === 'http://slow/'
        ? new Promise((resolve) => void harness.clock.setTimer(ms, () => resolve(accepted)))
        : accepted;
  };

  test('with nobody there: delivered', async () => {
    const harness = await channelWith();
    await harness.append(1);
    expect(await ended(harness)).toBe('delivered');
  });

  test('only when the last of all has had it', async () => {
    const harness = await channelWith(subscription('quick'), subscription('slow'));
    slowly(900)(harness);
    await harness.append(1);
    expect(await ended(harness, 500)).toBeUndefined();
    expect(await ended(harness, 500)).toBe('delivered');
  });

  test('an event in the dead-letter store is a failure; one that a dead letter sink took is not', async () => {
    const harness = await channelWith(subscription('bad'), subscription('good'));
    harness.answer = ({ target }) => (target.url === 'http://bad/' ? refused(400) : accepted);
    await harness.append(1);
    expect(await ended(harness)).toBe('failed');
    const other = await channelWith(subscription('bad', { deadLetterSink: { url: 'http://dls/' } }));
    other.answer = harness.answer;
    await other.append(1);
    expect(await ended(other)).toBe('delivered');
  });

  test('asked after it failed, it is known', async () => {
    const harness = await channelWith(subscription('bad'));
    harness.answer = () => refused(400);
    await harness.append(2);
    await harness.clock.advance(1_000);
    expect(await ended(harness, 10, 1)).toBe('failed');
  });

  test('a paused subscription keeps nobody waiting, nor does one that is deleted', async () => {
    const harness = await channelWith(subscription('slow'), subscription('still', { paused: true }));
    slowly(100)(harness);
    await harness.append(1);
    expect(await ended(harness, 200)).toBe('delivered');
  });

  test('after fifteen minutes it has failed', async () => {
    const harness = await channelWith(
      subscription('slow', { delivery: { ...retrying, retryMax: 1_000, backoffDelayMs: 1_000_000 } }),
    );
    harness.answer = () => refused(503);
    await harness.append(1);
    let settled: string | undefined;
    void harness.dispatcher.whenSettled('log', 0, 0).then((outcome) => {
      settled = outcome;
    });
    await harness.clock.advance(899_000);
    expect(settled).toBeUndefined();
    await harness.clock.advance(2_000);
    expect(settled).toBe('failed');
  });

  test('when the process ends it has failed: nobody may say that it was delivered', async () => {
    const harness = await channelWith(subscription('slow'));
    slowly(100_000)(harness);
    await harness.append(1);
    const settled = harness.dispatcher.whenSettled('log', 0, 0);
    await harness.clock.advance(10);
    void harness.dispatcher.stop();
    await harness.clock.advance(100);
    expect(await settled).toBe('failed');
  });
});

describe('a cursor that lost events', () => {
  async function lostAt40(): Promise<Harness> {
    const harness = new Harness();
    await harness.apply(route('t'));
    harness.faults.read = (_log, _partition, from) =>
      from < 40 ? { kind: 'fails', outcome: { kind: 'out-of-range', start: 40, end: 50 } } : undefined;
    await harness.append(50);
    return harness;
  }

  test('says how many are gone and how to go on, and stays so by itself', async () => {
    const harness = await lostAt40();
    await harness.clock.advance(600_000);
    expect(harness.view()).toMatchObject({ state: 'stalled', position: 0 });
    expect(harness.view().reason).toMatch(/up to 40 events are gone.*change the annotation millrace\.dev\/start/);
    await harness.append(1);
    expect(harness.sent).toEqual([]);
  });

  test('goes on where a changed start says, and moves nobody who lost nothing', async () => {
    const harness = new Harness();
    const waiting = route('waiting', { paused: true });
    await harness.apply(route('t', { start: { kind: 'earliest' } }), waiting);
    harness.faults.read = (_log, _partition, from) =>
      from < 40 ? { kind: 'fails', outcome: { kind: 'out-of-range', start: 40, end: 50 } } : undefined;
    await harness.append(50);
    expect(harness.view().state).toBe('stalled');
    await harness.apply(route('t', { start: { kind: 'latest' } }), { ...waiting, start: { kind: 'earliest' } });
    await harness.append(1);
    expect(harness.view()).toMatchObject({ state: 'attached', lag: 0, position: 51 });
    expect(harness.view('waiting')).toMatchObject({ state: 'paused', position: 0 });
    expect(harness.ids()).toEqual(['e50']);
  });

  test('a log that ends before its position is another log: it says so, and a changed start moves it back', async () => {
    const harness = new Harness();
    await harness.apply(route('t'));
    await harness.append(5);
    harness.faults.read = () => ({ kind: 'fails', outcome: { kind: 'out-of-range', start: 0, end: 2 } });
    await harness.append(1);
    expect(harness.view().reason).toMatch(/the log ends at 2, and the next event should have been 5/);
    delete harness.faults.read;
    await harness.apply(route('t', { start: { kind: 'earliest' } }));
    await harness.clock.advance(100);
    expect(harness.view()).toMatchObject({ state: 'attached', lag: 0 });
    expect(harness.ids()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e0', 'e1', 'e2', 'e3', 'e4', 'e5']);
  });

  test('an event that is gone while it waits for its retry: it says so, and does not pass it over', async () => {
    const harness = new Harness({ budgetBytes: 1 });
    harness.answer = (_, number) => (number === 1 ? refused(503) : accepted);
    await harness.apply(route('t', { delivery: { ...retrying, backoffDelayMs: 60_000 } }));
    await harness.append(2);
    harness.faults.read = (_log, _partition, from) =>
      from < 1 ? { kind: 'fails', outcome: { kind: 'out-of-range', start: 1, end: 2 } } : undefined;
    await harness.clock.advance(120_000);
    expect(harness.view().reason).toMatch(/1 event is gone/);
    expect(harness.view().state).toBe('stalled');
  });
});

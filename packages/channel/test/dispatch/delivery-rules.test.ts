/** Retry, reply and dead-letter rules (design section 7, reference 4). */
import { describe, expect, test } from 'vitest';
import type { AttemptOutcome } from '../../src/delivery/delivery.ts';
import { accepted, Harness, refused, route } from './harness.ts';

const retrying = { ...route('t').delivery, retryMax: 3 };

function gaps(harness: Harness): number[] {
  return harness.sent.slice(1).map(({ atMs }, index) => atMs - harness.sent[index]!.atMs);
}

describe('retries', () => {
  test.for([
    { policy: 'linear' as const, waits: [1_000, 2_000, 3_000] },
    { policy: 'exponential' as const, waits: [1_000, 2_000, 4_000] },
  ])('$policy back-off, at most 10 % jitter on top; attempts = 1 + retry', async ({ policy, waits }) => {
    const harness = new Harness();
    harness.answer = () => refused(500);
    await harness.apply(route('t', { delivery: { ...retrying, backoffPolicy: policy } }));
    await harness.append(1);
    expect(harness.view()).toMatchObject({ retrying: 1, inFlight: 0, state: 'attached', position: 0, lag: 1 });
    await harness.clock.advance(20_000);
    for (const [index, gap] of gaps(harness).entries()) {
      expect(gap).toBeGreaterThanOrEqual(waits[index]!);
      expect(gap).toBeLessThanOrEqual(waits[index]! * 1.1 + 1);
    }
    expect(harness.sent).toHaveLength(4);
    expect(harness.view()).toMatchObject({ retried: 3, deadLettered: 1, retrying: 0, lag: 0, oldestUnsettledMs: 0 });
    const failures = harness.flow.filter((event) => event.kind === 'attempt-failed');
    expect(failures.map(({ attempt, retryInMs }) => [attempt, retryInMs !== undefined])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [4, false],
    ]);
  });

  test('Retry-After of 429 and 503: the longer of it and the back-off', async () => {
    const harness = new Harness();
    harness.answer = (_, number) => (number === 1 ? refused(429, { retryAfter: '7' }) : accepted);
    await harness.apply(route('t', { delivery: retrying }));
    await harness.append(1);
    await harness.clock.advance(20_000);
    expect(gaps(harness)).toEqual([7_000]);
  });

  test.for([400, 401, 413, 302])('%i fails at once', async (status) => {
    const harness = new Harness();
    harness.answer = () => refused(status);
    await harness.apply(route('t', { delivery: retrying }));
    await harness.append(1);
    await harness.clock.advance(20_000);
    expect(harness.sent).toHaveLength(1);
    expect(harness.deadLetters.count('t')).toBe(1);
  });

  test('a changed subscriber counts from the next attempt on, also for what waits already', async () => {
    const harness = new Harness();
    harness.answer = ({ target }) => (target.url === 'http://t/' ? refused(500) : accepted);
    await harness.apply(route('t', { delivery: retrying }));
    await harness.append(1);
    await harness.apply(route('t', { delivery: retrying, subscriber: { url: 'http://other/' }, revision: 2 }));
    await harness.clock.advance(2_000);
    expect(harness.sent.map(({ attempt }) => attempt.target.url)).toEqual(['http://t/', 'http://other/']);
    expect(harness.settled()).toMatchObject([{ terminal: { kind: 'delivered', attempts: 2 } }]);
  });
});

describe('dead letters', () => {
  test('the original event goes to the sink with knativeerror*, without Prefer: reply and TTL; same retry policy', async () => {
    const harness = new Harness();
    harness.answer = ({ target }, number) =>
      target.url === 'http://t/' ? refused(422, { body: 'no' }) : number < 4 ? refused(503) : accepted;
    await harness.apply(route('t', { delivery: retrying, deadLetterSink: { url: 'http://sink/' } }));
    await harness.append(1, { ttl: '5' });
    await harness.clock.advance(20_000);
    expect(harness.sent.map(({ attempt }) => [attempt.target.url, attempt.wantsReply])).toEqual([
      ['http://t/', true],
      ['http://sink/', false],
      ['http://sink/', false],
      ['http://sink/', false],
    ]);
    const { attributes } = harness.sent[1]!.attempt.event;
    expect(attributes).toMatchObject({ id: 'e0', knativeerrordest: 'http://t/', knativeerrorcode: '422' });
    expect(attributes['knativeerrordata']).toBe(Buffer.from('no').toString('base64'));
    expect(attributes['knativebrokerttl']).toBeUndefined();
    expect(harness.settled()).toMatchObject([{ terminal: { kind: 'dead-lettered', to: 'sink' } }]);
    expect(harness.deadLetters.count()).toBe(0);
  });

  test('a failing sink: the event is kept in the store with its context', async () => {
    const harness = new Harness();
    harness.answer = ({ target }) => (target.url === 'http://t/' ? refused(500) : refused(400, { body: 'never' }));
    await harness.apply(route('t', { deadLetterSink: { url: 'http://sink/' } }));
    await harness.append(1, { ttl: '5' });
    const [letter] = await harness.deadLetters.list({ limit: 10 });
    expect(letter).toMatchObject({
      subscription: { uid: 't', namespace: 'ns', name: 't', revision: 1 },
      log: { uid: 'log', namespace: 'ns', name: 'b' },
      offset: 0,
      reason: 'dead-letter-sink-failed',
      destination: 'http://sink/',
      lastError: 'HTTP 400',
      statusCode: 400,
      attempts: 2,
    });
    expect(Buffer.from(letter?.responseBody ?? []).toString()).toBe('never');
    expect(letter?.event.attributes['knativebrokerttl']).toBeUndefined();
  });

  test('a full store: unsettled, stalled with the reason, tried again, never dropped', async () => {
    const harness = new Harness();
    harness.answer = () => refused(400);
    harness.putFails = '64 MiB reached';
    await harness.apply(route('t'));
    await harness.append(1);
    await harness.clock.advance(60_000);
    expect(harness.view()).toMatchObject({ state: 'stalled', position: 0, lag: 1, deadLettered: 0, inFlight: 0 });
    expect(harness.view().reason).toContain('64 MiB reached');
    harness.putFails = undefined;
    await harness.clock.advance(31_000);
    expect(harness.view()).toMatchObject({ state: 'attached', lag: 0, deadLettered: 1 });
    expect(harness.sent).toHaveLength(1);
  });
});

describe('replies', () => {
  const reply = { specversion: '1.0' as const, attributes: { id: 'r', source: '/r', type: 'r' } };
  const answers: AttemptOutcome = {
    kind: 'accepted',
    statusCode: 200,
    latencyMs: 1,
    reply,
    replyHeaders: ['x-request-id', '1'],
  };

  test('go to the reply log with the TTL the event came with; the subscriber did not see it', async () => {
    const harness = new Harness();
    const stored: unknown[] = [];
    harness.reply = async ({ logUid, event, headers }) => {
      stored.push([logUid, event.attributes['knativebrokerttl'], headers]);
      return { kind: 'stored' };
    };
    harness.answer = () => answers;
    await harness.apply(route('t', { replyLogUid: 'log' }));
    await harness.append(1, { ttl: '5' });
    expect(stored).toEqual([['log', '5', ['x-request-id', '1']]]);
    expect(harness.sent[0]!.attempt.event.attributes['knativebrokerttl']).toBeUndefined();
    expect(harness.settled()).toMatchObject([{ terminal: { kind: 'delivered', replied: true } }]);
  });

  test('one that cannot be stored now: the delivery failed and is retried as a whole', async () => {
    const harness = new Harness();
    let tries = 0;
    harness.reply = async () =>
      ++tries === 1 ? { kind: 'refused', statusCode: 503, reason: 'full', retryable: true } : { kind: 'stored' };
    harness.answer = () => answers;
    await harness.apply(route('t', { replyLogUid: 'log', delivery: retrying }));
    await harness.append(1);
    await harness.clock.advance(5_000);
    expect(harness.sent).toHaveLength(2);
    expect(harness.settled()).toMatchObject([{ terminal: { kind: 'delivered', attempts: 2, replied: true } }]);
  });

  test('one that will never be stored: the original is dead-lettered, knativeerrordest names the reply destination', async () => {
    const harness = new Harness();
    harness.reply = async () => ({ kind: 'refused', statusCode: 400, reason: 'TTL used up', retryable: false });
    harness.answer = ({ target }) => (target.url === 'http://t/' ? answers : accepted);
    const deadLetterSink = { url: 'http://sink/' };
    await harness.apply(route('t', { replyLogUid: 'log', delivery: retrying, deadLetterSink }));
    await harness.append(1);
    expect(harness.sent).toHaveLength(2);
    expect(harness.sent[1]!.attempt.event.attributes).toMatchObject({
      id: 'e0',
      knativeerrordest: 'http://broker/ns/b',
      knativeerrorcode: '400',
    });
  });
});

/** How long a delivery waits: time limits, back-off, Retry-After. Lower bounds are exact, upper ones have a margin. */
import { expect } from 'vitest';
import { failFirst, type Probe, status } from '../support/probe.ts';
import { clause } from '../support/suite.ts';
import type { Space } from '../support/world.ts';

/** What a busy machine may add to a wait, in milliseconds. */
const marginMs = 2_000;
/** Timers and clocks are not exact to the millisecond. */
const graceMs = 5;
const jitter = 0.1;

/** The waits between attempts at a subscriber that fails so often, in milliseconds. */
async function gaps(
  space: Space,
  behaviour: Probe['behaviour'],
  attempts: number,
  delivery: Readonly<Record<string, unknown>>,
): Promise<readonly number[]> {
  const sink = space.probe('sink', behaviour);
  await space.broker();
  await space.trigger('t', {
    subscriber: sink,
    delivery: { retry: attempts - 1, backoffPolicy: 'linear', ...delivery },
  });
  await space.send();
  const times = (await sink.exactly(attempts)).map(({ atMs }) => atMs);
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

function expectWaits(came: readonly number[], wanted: readonly number[]): void {
  expect(came).toHaveLength(wanted.length);
  for (const [index, waitMs] of wanted.entries()) {
    expect(came[index], `wait ${index + 1} of ${JSON.stringify(came)}`).toBeGreaterThanOrEqual(waitMs - graceMs);
    expect(came[index], `wait ${index + 1} of ${JSON.stringify(came)}`).toBeLessThanOrEqual(
      waitMs * (1 + jitter) + marginMs,
    );
  }
}

clause('backoff.linear', async (space) => {
  expectWaits(await gaps(space, failFirst(3), 4, { backoffDelay: 'PT0.7S' }), [700, 1_400, 2_100]);
});

clause('backoff.exponential', async (space) => {
  const delivery = { backoffDelay: 'PT0.7S', backoffPolicy: 'exponential' };
  expectWaits(await gaps(space, failFirst(3), 4, delivery), [700, 1_400, 2_800]);
});

/** Fails twice with a status and Retry-After, then takes. */
const asksToWait =
  (code: number, after: () => string): Probe['behaviour'] =>
  (response, attempt) =>
    void (attempt < 3 ? response.writeHead(code, { 'retry-after': after() }) : response.writeHead(204)).end();

clause('retry-after.429', async (space) => {
  expectWaits(
    await gaps(
      space,
      asksToWait(429, () => '1'),
      3,
      { backoffDelay: 'PT0.05S', retryAfterMax: 'PT30S' },
    ),
    [1_000, 1_000],
  );
});

clause('retry-after.503', async (space) => {
  expectWaits(
    await gaps(
      space,
      asksToWait(503, () => '1'),
      3,
      { backoffDelay: 'PT0.05S' },
    ),
    [1_000, 1_000],
  );
});

clause('retry-after.date', async (space) => {
  const inThreeSeconds = () => new Date(Date.now() + 3_000).toUTCString();
  const came = await gaps(space, asksToWait(429, inThreeSeconds), 3, { backoffDelay: 'PT0.05S' });
  // A date has whole seconds: up to one of the three is cut off.
  for (const gap of came) {
    expect(gap).toBeGreaterThanOrEqual(2_000 - graceMs);
    expect(gap).toBeLessThanOrEqual(3_000 + marginMs);
  }
});

clause('retry-after.max', async (space) => {
  expectWaits(
    await gaps(
      space,
      asksToWait(429, () => '60'),
      3,
      { backoffDelay: 'PT0.05S', retryAfterMax: 'PT0.5S' },
    ),
    [500, 500],
  );
});

clause('retry-after.zero', async (space) => {
  expectWaits(
    await gaps(
      space,
      asksToWait(429, () => '60'),
      3,
      { backoffDelay: 'PT0.05S', retryAfterMax: 'PT0S' },
    ),
    [50, 100],
  );
});

clause('retry-after.other', async (space) => {
  expectWaits(
    await gaps(
      space,
      asksToWait(500, () => '60'),
      3,
      { backoffDelay: 'PT0.05S' },
    ),
    [50, 100],
  );
});

clause('retry-after.backoff', async (space) => {
  expectWaits(
    await gaps(
      space,
      asksToWait(429, () => '1'),
      3,
      { backoffDelay: 'PT1.5S' },
    ),
    [1_500, 3_000],
  );
});

/** Answers, but only after a while. */
const slow =
  (afterMs: number): Probe['behaviour'] =>
  (response) =>
    void setTimeout(() => response.writeHead(204).end(), afterMs);

async function withTimeout(space: Space, behaviour: Probe['behaviour'], delivery: Readonly<Record<string, unknown>>) {
  const [sink, dls] = [space.probe('sink', behaviour), space.probe('dls')];
  await space.broker();
  await space.trigger('t', { subscriber: sink, delivery: { deadLetterSink: { uri: dls.url }, ...delivery } });
  await space.send();
  await space.settled('t');
  return { sink, dls };
}

clause('timeout', async (space) => {
  const { sink, dls } = await withTimeout(space, slow(3_000), { retry: 0, timeout: 'PT0.5S' });
  const { headers } = await dls.one();
  expect(headers['ce-knativeerrorcode']).toBe('500');
  expect(Buffer.from(String(headers['ce-knativeerrordata']), 'base64').toString()).toMatch(/^dispatch error: /);
  await sink.one();
});

clause('timeout.per-attempt', async (space) => {
  const behaviour: Probe['behaviour'] = (response, attempt, received) =>
    void (attempt < 3 ? slow(6_000) : status(204))(response, attempt, received);
  const { sink, dls } = await withTimeout(space, behaviour, { retry: 2, timeout: 'PT1S', backoffDelay: 'PT0.01S' });
  await sink.exactly(3);
  await dls.exactly(0);
});

clause('timeout.in-time', async (space) => {
  const { sink, dls } = await withTimeout(space, slow(300), { retry: 2, timeout: 'PT5S', backoffDelay: 'PT0.01S' });
  await sink.one();
  await dls.exactly(0);
});

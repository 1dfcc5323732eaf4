/** Order by key: one of ten thousand keys fails, and no other notices. The real process, on each log. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { sharedKafka, sharedNats } from '../servers/index.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { Arrivals, disturbed, type Load, manifestFor, maxInFlight, send, stuckKey } from './keys.ts';

const load: Load = { keys: 10_000, eventsPerKey: 2, stuckEvents: 2_000 };
const total = load.keys * load.eventsPerKey;
/** All events of the other keys arrive within this time after the last one was acknowledged. */
const arrivedMsMax = 60_000;
/** Other keys get one more event each from a process that was started while the key still fails, so soon after its start. */
const later: Load = { keys: 1_000, eventsPerKey: 1, stuckEvents: 0 };
const laterMsMax = 30_000;
/** From the moment the key is taken again: the wait of its retry, and 2,000 events one after the other. */
const healedMsMax = 90_000;
const testMsMax = 240_000;
/** Of ten thousand lines the first few are enough. */
const namedMax = 10;

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

interface Trial {
  readonly arrivals: Arrivals;
  server: Server;
  start(): Promise<Server>;
}

/** The other keys get all their events, once and in order; the key that fails is tried with its first one only. */
async function othersArrive({ arrivals, server }: Trial): Promise<string> {
  const beganMs = performance.now();
  await send(server.dataUrl, load);
  const sentMs = performance.now();
  await waitFor('all events of the other keys', () => arrivals.count >= total, {
    timeoutMs: arrivedMsMax,
    everyMs: 20,
  }).catch(() => undefined);
  const arrivedMs = performance.now();
  const wrong = disturbed(load, arrivals);
  expect({ keys: wrong.length, named: wrong.slice(0, namedMax) }).toEqual({ keys: 0, named: [] });

  await waitFor('its first event is tried again', () => arrivals.of(stuckKey).length > 1, { timeoutMs: 30_000 });
  expect(new Set(arrivals.of(stuckKey))).toEqual(new Set([0]));
  return `${total} events of the others sent in ${seconds(sentMs - beganMs)}, all there ${seconds(arrivedMs - sentMs)} later`;
}

/** So it goes on in a process that finds the key stuck. */
async function othersGoOn(trial: Trial): Promise<string> {
  const { arrivals } = trial;
  trial.server.kill('SIGKILL');
  await trial.server.exited;
  trial.server = await trial.start();
  const startedMs = performance.now();
  await send(trial.server.dataUrl, later, load.eventsPerKey);
  const isThere = (key: number) => arrivals.of(`key-${key}`).at(-1) === load.eventsPerKey;
  const keys = Array.from({ length: later.keys }, (_, key) => key);
  await waitFor('what was sent after the crash', () => keys.every(isThere), { timeoutMs: laterMsMax, everyMs: 50 });
  const tookMs = performance.now() - startedMs;
  const repeats = arrivals.count - total - later.keys;
  expect(repeats).toBeLessThanOrEqual(maxInFlight);
  expect(new Set(arrivals.of(stuckKey))).toEqual(new Set([0]));
  return `after kill -9 and a start ${later.keys} more within ${seconds(tookMs)}, ${repeats} repeated`;
}

/** The subscriber takes the key again: it gets all of its events, in order. */
async function keyHeals({ arrivals }: Trial): Promise<string> {
  const tries = arrivals.of(stuckKey).length;
  arrivals.healed = true;
  const healedMs = performance.now();
  const last = load.stuckEvents - 1;
  await waitFor('the key that failed gets all its events', () => arrivals.of(stuckKey).at(-1) === last, {
    timeoutMs: healedMsMax,
    everyMs: 50,
  });
  const came = arrivals.of(stuckKey);
  expect(came.slice(came.lastIndexOf(0))).toEqual(Array.from({ length: load.stuckEvents }, (_, number) => number));
  const tookMs = performance.now() - healedMs;
  return `the key's first event was tried ${tries} times in vain, its ${load.stuckEvents} were there ${seconds(tookMs)} after that`;
}

async function oneOfManyFails(name: string, log: string): Promise<void> {
  const folder = temporaryFolder();
  const sink = new Sink();
  const arrivals = new Arrivals(sink);
  const manifest = join(folder.path, 'manifest.yaml');
  writeFileSync(manifest, manifestFor(await sink.start()));
  const start = () => startServer(['-f', manifest, '--log', log, '--quiet'], join(folder.path, 'data'));
  const trial: Trial = { arrivals, start, server: await start() };
  try {
    const said = [await othersArrive(trial), await othersGoOn(trial), await keyHeals(trial)];
    process.stdout.write(`one of ${load.keys} keys fails, log ${name}: ${said.join('; ')}\n`);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${trial.server.stderr().slice(-3_000)}`, { cause: error });
  } finally {
    trial.server.kill('SIGKILL');
    await trial.server.exited;
    await sink.stop();
    folder.remove();
  }
}

describe('issue 4, must show 6: ten thousand keys in ordered mode, one fails: all others undisturbed', () => {
  test('--log local', { timeout: testMsMax }, () => oneOfManyFails('local', 'local'));

  describe('Kafka', () => {
    const kafka = sharedKafka();
    test('--log kafka://', { timeout: testMsMax }, () => oneOfManyFails('Kafka', kafka().url));
  });

  describe('NATS', () => {
    const nats = sharedNats();
    test('--log nats://', { timeout: testMsMax }, () => oneOfManyFails('JetStream', nats().url));
  });

  test('canary: a key that lacks one, gets one twice or out of order is seen', () => {
    const came = new Map([
      ['key-0', [0, 1]],
      ['key-1', [0]],
      ['key-2', [0, 0, 1]],
      ['key-3', [1, 0]],
    ]);
    const wrong = disturbed({ keys: 5, eventsPerKey: 2, stuckEvents: 0 }, { of: (key) => came.get(key) ?? [] });
    expect(wrong).toEqual(['key-1: 0', 'key-2: 0,0,1', 'key-3: 1,0', 'key-4: nothing']);
  });
});

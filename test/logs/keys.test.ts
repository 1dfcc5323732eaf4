/** Order by key: one of ten thousand keys fails, and no other notices. The real process, on each log. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { sharedKafka, sharedNats } from '../servers/index.ts';
import { startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { Arrivals, disturbed, type Load, manifestFor, send, stuckKey } from './keys.ts';

const load: Load = { keys: 10_000, eventsPerKey: 2, stuckEvents: 2_000 };
/** All events of the other keys arrive within this time after the last one was acknowledged. */
const arrivedMsMax = 30_000;
/** From the moment the key is taken again: the wait of its retry, and 2,000 events one after the other. */
const healedMsMax = 90_000;
const testMsMax = 240_000;

/** Of ten thousand lines the first few are enough. */
const namedMax = 10;

function undisturbed(arrivals: Arrivals): void {
  const wrong = disturbed(load, arrivals);
  expect({ keys: wrong.length, named: wrong.slice(0, namedMax) }).toEqual({ keys: 0, named: [] });
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

async function oneOfManyFails(name: string, log: string): Promise<void> {
  const folder = temporaryFolder();
  const sink = new Sink();
  const arrivals = new Arrivals(sink);
  const manifest = join(folder.path, 'manifest.yaml');
  writeFileSync(manifest, manifestFor(await sink.start()));
  const server = await startServer(['-f', manifest, '--log', log, '--quiet'], join(folder.path, 'data'));
  try {
    const beganMs = performance.now();
    await send(server.dataUrl, load);
    const sentMs = performance.now();
    const total = load.keys * load.eventsPerKey;
    await waitFor('all events of the other keys', () => arrivals.count >= total, {
      timeoutMs: arrivedMsMax,
      everyMs: 20,
    }).catch(() => undefined);
    const arrivedMs = performance.now();
    undisturbed(arrivals);

    await waitFor('its first event is tried again', () => arrivals.of(stuckKey).length > 1, { timeoutMs: 30_000 });
    expect(new Set(arrivals.of(stuckKey))).toEqual(new Set([0]));
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
    undisturbed(arrivals);
    process.stdout.write(
      `one of ${load.keys} keys fails, log ${name}: ${total} events of the others sent in ${seconds(sentMs - beganMs)}, ` +
        `all there ${seconds(arrivedMs - sentMs)} later; the key's first event was tried ${tries} times, ` +
        `its ${load.stuckEvents} were there ${seconds(performance.now() - healedMs)} after it was taken\n`,
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${server.stderr().slice(-3_000)}`, { cause: error });
  } finally {
    server.kill('SIGKILL');
    await server.exited;
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

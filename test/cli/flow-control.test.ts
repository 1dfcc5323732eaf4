/** Annotations of a Trigger changed in its file take effect at once, without a restart and without loss; status moves. */
import { join } from 'node:path';
import type { Resource } from '@millrace/api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { broker, documents, Manifests, trigger, uri } from '../support/manifests.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { type Answer, Sink } from '../support/sink.ts';
import { until } from './support/waiting.ts';

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
const sink = new Sink();
let server: Server;
let sinkUrl = '';
/** Requests that hang until they are told to end. */
const held: (() => void)[] = [];
const hold: Answer = (_received, response) => void held.push(() => response.writeHead(204).end());
const take: Answer = (_received, response) => void response.writeHead(204).end();

const apply = (annotations: string) =>
  manifests.write('t.yaml', trigger('t', { annotations, subscriber: uri(`${sinkUrl}/t`) }));
const stored = async () => {
  const response = await fetch(`${server.apiUrl}/apis/eventing.knative.dev/v1/namespaces/default/triggers/t`);
  return (await response.json()) as Resource;
};
interface Delivery {
  readonly state: string;
  readonly position: number;
  readonly end: number;
  readonly lag: number;
  readonly inFlight: number;
  readonly oldestUnsettledSeconds: number;
}
const delivery = async () => (await stored()).status?.['delivery'] as Delivery | undefined;
/** Applies annotations and waits until the server has them. */
const applied = async (annotations: string, name: string, value: string) => {
  apply(annotations);
  await until(`${name}=${value} is stored`, async () => (await stored()).metadata.annotations?.[name] === value);
};
const send = async (prefix: string, count: number, more: Record<string, string> = {}) => {
  for (let n = 0; n < count; n++) {
    const response = await fetch(`${server.dataUrl}/default/default`, {
      method: 'POST',
      headers: { 'ce-id': `${prefix}${n}`, 'ce-type': 'a', 'ce-source': '/s', 'ce-specversion': '1.0', ...more },
    });
    expect(response.status).toBe(202);
  }
};
/** Sends so many to a subscriber that takes its time, waits for all, and says how many it had at once. */
const widest = async (prefix: string, count: number, more: Record<string, string> = {}) => {
  let open = 0;
  let openMax = 0;
  sink.answer = (_received, response) => {
    openMax = Math.max(openMax, ++open);
    setTimeout(() => {
      open--;
      response.writeHead(204).end();
    }, 30);
  };
  await slowly(prefix, count, 0, more);
  await until('all are answered', () => open === 0);
  return openMax;
};
/** Sends so many, waits for all of them, and says whether that took as long as this. */
const slowly = async (prefix: string, count: number, leastMs: number, more: Record<string, string> = {}) => {
  const before = got(prefix).length;
  const startMs = performance.now();
  await send(`${prefix}${before}-`, count, more);
  await until('they came', () => got(prefix).length === before + count);
  return performance.now() - startMs >= leastMs;
};
const got = (prefix: string) => sink.received.filter(({ id }) => id.startsWith(prefix)).map(({ id }) => id);

beforeAll(async () => {
  sinkUrl = await sink.start();
  manifests.write('b.yaml', documents(broker()));
  apply('{}');
  server = await startServer(['-f', 'm', '--quiet'], join(folder.path, 'data'), { cwd: folder.path });
});

beforeEach(() => {
  sink.answer = take;
});

afterAll(async () => {
  server?.kill('SIGKILL');
  await server?.exited;
  await sink.stop();
  folder.remove();
});

describe('annotations of a Trigger that runs', () => {
  test('paused: nothing is delivered, the status says what waits; resumed: all of it comes, once', async () => {
    await applied('{ millrace.dev/paused: "true" }', 'millrace.dev/paused', 'true');
    await until('the engine has paused it', async () => (await delivery())?.state === 'paused');
    await send('p', 5);
    const waiting = await until('the status shows the lag', async () => {
      const now = await delivery();
      return now?.lag === 5 && now.oldestUnsettledSeconds >= 1 && now;
    });
    expect(waiting).toMatchObject({ end: waiting.position + 5, inFlight: 0 });
    expect(got('p')).toEqual([]);
    apply('{}');
    await until('all of them', () => got('p').length === 5);
    await until('the status moves', async () => {
      const now = await delivery();
      return now?.lag === 0 && now.position === waiting.end && now.oldestUnsettledSeconds === 0;
    });
    expect([...got('p')].sort()).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
  });

  test('max-in-flight: no more at once than it says, more once it is raised, and the status counts them', async () => {
    apply('{ millrace.dev/max-in-flight: "2" }');
    await until('two at once', async () => (await widest('m', 8)) === 2);
    expect(await widest('m', 8)).toBe(2);
    sink.answer = hold;
    await send('held', 5);
    await until('the status shows them', async () => (await delivery())?.inFlight === 2);
    expect(held.length).toBe(2);
    sink.answer = take;
    for (const end of held.splice(0)) end();
    await until('all of them', () => got('held').length === 5);
    apply('{ millrace.dev/max-in-flight: "4" }');
    await until('four at once', async () => (await widest('m', 8)) === 4);
    expect(new Set(got('m')).size).toBe(got('m').length);
  });

  test('rate-limit: no faster than it says, and freed once it is gone', async () => {
    await applied('{ millrace.dev/rate-limit: "5" }', 'millrace.dev/rate-limit', '5');
    // Ten take a second once the limit is in force: the first five may come at once.
    await until('the limit is in force', () => slowly('q', 10, 500));
    const startMs = performance.now();
    await send('r', 30);
    await until('some came', () => got('r').length >= 8);
    const elapsedS = (performance.now() - startMs) / 1000;
    // A second's worth may come at once, then five a second.
    expect(got('r').length).toBeLessThanOrEqual(5 + 5 * elapsedS + 1);
    apply('{}');
    const freedMs = performance.now();
    await until('the rest comes', () => got('r').length === 30);
    expect(performance.now() - freedMs).toBeLessThan(3_000);
    expect(new Set(got('r')).size).toBe(30);
  });

  test('delivery order: ordered delivers a key in the order of the log, one at a time', async () => {
    apply('{ kafka.eventing.knative.dev/delivery.order: ordered }');
    const key = { 'ce-partitionkey': 'k' };
    await until('the order is in force', async () => (await widest('probe', 6, key)) === 1);
    const before = got('o').length;
    expect(await widest('o', 12, key)).toBe(1);
    expect(got('o').slice(before)).toEqual(Array.from({ length: 12 }, (_, n) => `o0-${n}`));
  });
});

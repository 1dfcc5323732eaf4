/**
 * A paused trigger is a position that stands still: what comes meanwhile waits in the log, through `kill -9` and a start,
 * and all of it is delivered when the trigger is resumed.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { Pool } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';

const events = 10_000;
const maxInFlight = 64;
const connections = 16;

const manifest = (sinkUrl: string, paused: boolean) => `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default }
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata:
  name: held
  annotations: { millrace.dev/max-in-flight: "${maxInFlight}", millrace.dev/paused: "${paused}" }
spec:
  broker: default
  subscriber: { uri: "${sinkUrl}/held" }
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: running, annotations: { millrace.dev/max-in-flight: "${maxInFlight}" } }
spec:
  broker: default
  subscriber: { uri: "${sinkUrl}/running" }
`;

const folder = temporaryFolder();
const file = join(folder.path, 'manifest.yaml');
const sink = new Sink();
let sinkUrl = '';
let server: Server | undefined;

beforeAll(async () => {
  sink.keep = false;
  sinkUrl = await sink.start();
});

afterAll(async () => {
  server?.kill('SIGKILL');
  await server?.exited;
  await sink.stop();
  folder.remove();
});

test(`paused for ${events} events, kill -9, started, resumed: all of them delivered, duplicates at most what was in flight`, {
  timeout: 180_000,
}, async () => {
  const start = () => startServer(['-f', file], join(folder.path, 'data'));
  apply(true);
  server = await start();
  await send(`${server.dataUrl}/default/default`);
  server.kill('SIGKILL');
  await server.exited;
  expect(arrived('/held').distinct, 'delivered although paused').toBe(0);

  server = await start();
  await waitFor('the trigger that is not paused has all of them', () => arrived('/running').distinct === events, {
    timeoutMs: 60_000,
    everyMs: 50,
  });
  expect(arrived('/held').distinct, 'delivered although paused, after the start').toBe(0);

  apply(false);
  await waitFor('the resumed trigger has all of them', () => arrived('/held').distinct === events, {
    timeoutMs: 60_000,
    everyMs: 50,
  });
  // Whatever would come twice had been in flight before the last one: a second of silence is long for a loopback.
  await quiet();
  const [held, running] = [arrived('/held'), arrived('/running')];
  process.stdout.write(
    `pause: ${events} acknowledged; held: ${held.distinct} delivered, ${held.repeated} twice; ` +
      `running: ${running.distinct} delivered, ${running.repeated} twice (bound ${maxInFlight} each)\n`,
  );
  expect(held.repeated).toBeLessThanOrEqual(maxInFlight);
  expect(running.repeated).toBeLessThanOrEqual(maxInFlight);
});

/** Replaces the file at once, as an editor does. */
function apply(paused: boolean): void {
  writeFileSync(`${file}.new`, manifest(sinkUrl, paused));
  renameSync(`${file}.new`, file);
}

/** Sends every event until it is acknowledged. */
async function send(url: string): Promise<void> {
  const target = new URL(url);
  const pool = new Pool(target.origin, { connections, pipelining: 1 });
  let next = 0;
  const worker = async () => {
    while (next < events) {
      const id = `pause-${next++}`;
      const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-type': 'com.example.pause', 'ce-source': '/pause' };
      for (let status = 0; status !== 202; ) {
        const answer = await pool.request({ path: target.pathname, method: 'POST', headers, body: 'x'.repeat(256) });
        await answer.body.dump();
        status = answer.statusCode;
        if (![202, 429, 503].includes(status)) throw new Error(`${url} answered ${status}`);
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  await pool.close();
}

function arrived(path: string): { readonly distinct: number; readonly repeated: number } {
  let distinct = 0;
  let repeated = 0;
  for (const [key, count] of sink.counts) {
    if (!key.startsWith(`${path} `)) continue;
    distinct++;
    repeated += count - 1;
  }
  return { distinct, repeated };
}

async function quiet(): Promise<void> {
  const total = () => arrived('/held').repeated + arrived('/running').repeated;
  let last = total();
  let sinceMs = performance.now();
  await waitFor(
    'nothing comes any more',
    () => {
      if (total() !== last) sinceMs = performance.now();
      last = total();
      return performance.now() - sinceMs > 1_000;
    },
    { timeoutMs: 30_000, everyMs: 50 },
  );
}

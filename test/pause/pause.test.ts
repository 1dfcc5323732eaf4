/**
 * A paused trigger is a position that stands still: what comes meanwhile waits in the log, through `kill -9` and a start,
 * and all of it is delivered when the trigger is resumed.
 */
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { broker, documents, Manifests, trigger, uri } from '../support/manifests.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { sendNumbered } from '../support/sending.ts';
import { Sink } from '../support/sink.ts';

const events = 10_000;
const maxInFlight = 64;

const inFlight = `millrace.dev/max-in-flight: "${maxInFlight}"`;

const manifest = (sinkUrl: string, paused: boolean) =>
  documents(
    broker(),
    trigger('held', {
      annotations: `{ ${inFlight}, millrace.dev/paused: "${paused}" }`,
      subscriber: uri(`${sinkUrl}/held`),
    }),
    trigger('running', { annotations: `{ ${inFlight} }`, subscriber: uri(`${sinkUrl}/running`) }),
  );

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
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
  const start = () => startServer(['-f', join(manifests.folder, 'manifest.yaml')], join(folder.path, 'data'));
  apply(true);
  server = await start();
  await sendNumbered(`${server.dataUrl}/default/default`, 'pause', events).done;
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

function apply(paused: boolean): void {
  manifests.write('manifest.yaml', manifest(sinkUrl, paused));
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

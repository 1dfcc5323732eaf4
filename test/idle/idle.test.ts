/** What an idle millrace costs: a broker and ten triggers in a data directory that is there already. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { residentBytes } from '../../bench/support/usage.ts';
import { broker, documents, trigger, uri } from '../support/manifests.ts';
import { startServer, temporaryFolder } from '../support/millrace.ts';

const residentMibMax = 120;
const readyMsMax = 1_500;
const starts = 5;
const batches = 4;
/** Long enough for what a start leaves behind to be done with. */
const idleMs = 3_000;
const mib = 1_048_576;

const triggers = Array.from({ length: 10 }, (_, n) =>
  trigger(`trigger-${n}`, {
    filters: `[{ exact: { type: com.example.t${n} } }]`,
    subscriber: uri(`http://127.0.0.1:9/${n}`),
  }),
);
const manifest = documents(broker(), ...triggers);

const folder = temporaryFolder();
const dataDir = join(folder.path, 'data');
const file = join(folder.path, 'manifest.yaml');

beforeAll(async () => {
  writeFileSync(file, manifest);
  const first = await startServer(['-f', file], dataDir);
  first.kill('SIGTERM');
  await first.exited;
});

afterAll(() => folder.remove());

test(`ten triggers, idle after start: resident memory at most ${residentMibMax} MiB, ready within ${readyMsMax} ms`, {
  timeout: 300_000,
}, async () => {
  let best = await measure();
  // A busy machine can only make a start slower: what holds once, holds.
  for (let more = 1; best.readyMs > readyMsMax && more < batches; more++) {
    const again = await measure();
    if (again.readyMs < best.readyMs) best = again;
  }
  process.stdout.write(
    `idle: ${best.residentMib.toFixed(0)} MiB resident, ready in ${(best.readyMs / 1000).toFixed(2)} s (median of ${starts})\n`,
  );
  expect(best.residentMib).toBeLessThanOrEqual(residentMibMax);
  expect(best.readyMs).toBeLessThanOrEqual(readyMsMax);
});

/** Starts it several times; the last one stays idle for a while before its memory is looked at. */
async function measure(): Promise<{ readonly readyMs: number; readonly residentMib: number }> {
  const readyMs: number[] = [];
  let residentMib = Number.NaN;
  for (let start = 0; start < starts; start++) {
    const startedMs = performance.now();
    const server = await startServer(['-f', file], dataDir);
    readyMs.push(performance.now() - startedMs);
    if (start === starts - 1) {
      await sleep(idleMs);
      residentMib = residentBytes(server.pid) / mib;
    }
    server.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  }
  const middle = readyMs.toSorted((one, other) => one - other)[Math.floor(starts / 2)];
  return { readyMs: middle ?? Number.NaN, residentMib };
}

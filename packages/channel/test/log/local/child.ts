/**
 * A process of its own that opens a data directory: for tests that kill it, limit it, or let two fight for one.
 *
 *     node child.ts DIRECTORY append     appends at full speed, prints `offset id` for each that was acknowledged
 *     node child.ts DIRECTORY hold       opens, prints `opened`, and stays
 *     node child.ts DIRECTORY fill       appends until one is refused, then prints how it was refused, and ends
 *     node child.ts DIRECTORY open       opens, prints the outcome's code or `opened`, and ends
 *     node child.ts DIRECTORY renew      maps a data file anew 250 times, prints the memory before and after in MiB, and ends
 */
import { writeSync } from 'node:fs';
import { silentLogger, systemClock } from '@millrace/runtime';
import { openLocalStore } from '../../../src/log/local/index.ts';
import type { EventLog, NewRecord } from '../../../src/log/log.ts';
import { renewOften } from './renewals.ts';

const [directory = '', task] = process.argv.slice(2);
const retention = { ageMs: 7 * 86_400_000, bytes: 1024 ** 3 };

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function record(id: string, bytes: number): NewRecord {
  const attributes = Object.assign(Object.create(null), { id, source: '/child', type: 'child.test' });
  return { event: { specversion: '1.0', attributes, data: new Uint8Array(bytes).fill(id.length) }, headers: [] };
}

async function appendForEver(log: EventLog, writer: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const id = `${process.pid}-${writer}-${count}`;
    const outcome = await log.append([record(id, 100 + ((count * 37) % 4_000))]);
    if (outcome.kind === 'appended') say(`${outcome.positions[0]?.offset} ${id}`);
  }
}

async function fill(log: EventLog): Promise<void> {
  for (let count = 0; ; count += 1) {
    const outcome = await log.append([record(`f-${count}`, 50_000)]);
    if (outcome.kind === 'appended') continue;
    const again = await log.append([record('after', 10)]);
    const commit = await log.commit({ put: [], remove: [], readUpTo: [] });
    say(JSON.stringify({ taken: count, outcome, again: again.kind, commit: commit.kind }));
    return;
  }
}

async function onStore(): Promise<void> {
  const limits = task === 'fill' ? { freeSpaceReserveBytes: 0 } : {};
  const outcome = await openLocalStore(directory, { clock: systemClock, logger: silentLogger, limits });
  if (outcome.kind === 'error') {
    say(`${outcome.code}: ${outcome.message}`);
  } else {
    const { store } = outcome;
    say('opened');
    const log = await store.open('log', retention);
    if (task === 'append') await Promise.all(Array.from({ length: 32 }, (_, writer) => appendForEver(log, writer)));
    if (task === 'hold') setInterval(() => undefined, 1_000);
    if (task === 'fill') await fill(log);
    if (task === 'fill' || task === 'open') await store.close();
  }
}

if (task === 'renew') say(JSON.stringify(await renewOften(directory, 250)));
else await onStore();

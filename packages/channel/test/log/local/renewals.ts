/** Maps a data file with thousands of gaps anew again and again, in a process that does nothing else. */
import { readFileSync } from 'node:fs';
import { releaseMemory } from '@millrace/runtime';
import { makeAheadFiles } from '../../../src/log/local/ahead.ts';
import { Changes, Environment } from '../../../src/log/local/environment.ts';

const values = 12_000;
const key = (n: number) => Buffer.from(`key-${String(n).padStart(8, '0')}`);
/** Larger than a page: each lies in pages of its own, and one that goes leaves a gap. */
const value = Buffer.alloc(5_000, 7);
/** The kernel maps 16 pages along with one that is read, and little is read so that little becomes garbage. */
const readEvery = 9;
/** Fits none of the gaps, so all of them are looked at. */
const larger = Buffer.alloc(5 * value.byteLength, 8);

/** Heap and buffers, in MiB, after the 50th renewal and after the last. */
export async function renewOften(directory: string, renewals: number): Promise<readonly [number, number]> {
  makeAheadFiles(directory);
  const environment = new Environment(directory, () => undefined);
  environment.takeUp();
  await store(environment, (changes) => {
    for (let n = 0; n < values; n++) changes.put(key(n), value);
  });
  await store(environment, (changes) => {
    for (let n = 0; n < values; n += 3) changes.remove(key(n));
  });
  let beforeMiB = 0;
  for (let renewed = 1; renewed <= renewals; renewed++) {
    await store(environment, (changes) => changes.put(key(values + renewed), larger));
    await renew(environment);
    if (renewed === 50) beforeMiB = keptMiB();
  }
  const afterMiB = keptMiB();
  await environment.close();
  return [beforeMiB, afterMiB];
}

/** In the data file when it resolves. */
async function store(environment: Environment, make: (changes: Changes) => void): Promise<void> {
  const changes = new Changes();
  make(changes);
  const outcome = await environment.write(changes);
  if (outcome.kind === 'failed') throw new Error(outcome.reason);
  await environment.flush();
}

async function renew(environment: Environment): Promise<void> {
  for (let n = 1; n < values; n += readEvery) environment.get(key(n));
  const done = environment.renewWhenLarge();
  if (environment.renewing === undefined) throw new Error('the file was not mapped anew');
  await done;
}

function keptMiB(): number {
  releaseMemory();
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}

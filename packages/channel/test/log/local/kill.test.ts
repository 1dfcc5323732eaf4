/** A real process killed with SIGKILL while it appends at full speed: nothing it acknowledged is lost (L1, L2). */
import { rmSync } from 'node:fs';
import { systemClock } from '@millrace/runtime';
import { SeededRandom, waitFor } from '@millrace/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { idOf, readAll } from '../contract-world.ts';
import { openLocal, temporaryDirectory } from '../worlds.ts';
import { startChild } from './children.ts';

const directory = temporaryDirectory();
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const rounds = 5;
const seed = 42;

describe('kill -9', () => {
  it(`L1, L2: over ${rounds} rounds every acknowledged record is there, and no offset is used twice`, async () => {
    const random = new SeededRandom(seed);
    const acknowledged = new Map<number, string>();
    let ends = 0;
    for (let round = 0; round < rounds; round += 1) {
      const child = startChild(directory, 'append');
      const atLeast = 200 + random.below(3_000);
      await waitFor('enough appends', () => child.lines().length > atLeast || child.process.exitCode !== null, {
        timeoutMs: 20_000,
        everyMs: 1,
      });
      await child.kill('SIGKILL');
      expect(child.errors()).toBe('');
      for (const line of child.lines().slice(1)) {
        const [offset, id] = line.split(' ');
        expect(acknowledged.has(Number(offset)), `offset ${offset} used twice`).toBe(false);
        acknowledged.set(Number(offset), id as string);
      }
      const store = await openLocal(directory, systemClock);
      const log = await store.open('log', { ageMs: 7 * 86_400_000, bytes: 1024 ** 3 });
      const kept = new Map((await readAll(log)).map((record) => [record.offset, idOf(record)]));
      for (const [offset, id] of acknowledged) expect(kept.get(offset)).toBe(id);
      expect(log.range(0).end).toBe(kept.size);
      expect(kept.size).toBeGreaterThan(ends);
      ends = kept.size;
      await store.close();
    }
    expect(acknowledged.size).toBeGreaterThan(rounds * 200);
  }, 60_000);
});

/** When progress is made durable (committer M1): slots bound what comes twice, so a commit waits for what is worth it. */
import { expect, test } from 'vitest';
import { defaultLimits } from '../../src/dispatch/limits.ts';
import type { CursorCommit } from '../../src/log/log.ts';
import { Harness, route } from './harness.ts';

function recorded(harness: Harness): CursorCommit[] {
  const commits: CursorCommit[] = [];
  harness.faults.commit = (_, change) => {
    commits.push(change);
    return undefined;
  };
  return commits;
}

const withCursors = (commits: readonly CursorCommit[]) => commits.filter(({ put }) => put.length > 0);

test('M1: settlements that leave enough slots go into one commit, within its time', async () => {
  const harness = new Harness();
  await harness.apply(route('t', { maxInFlight: 64 }));
  const commits = recorded(harness);
  await harness.append(10);
  expect(harness.view()).toMatchObject({ delivered: 10 });
  expect(commits).toEqual([]);
  await harness.clock.advance(defaultLimits.commitWithinMs);
  expect(withCursors(commits)).toHaveLength(1);
});

test('M1: a commit is made at once when the slots are missed', async () => {
  const harness = new Harness();
  await harness.apply(route('t', { maxInFlight: 2 }));
  const commits = recorded(harness);
  await harness.append(20);
  expect(harness.view()).toMatchObject({ delivered: 20 });
  expect(withCursors(commits).length).toBeGreaterThanOrEqual(10);
});

test('A4: what a crash repeats is bounded by the slots, whatever waits to be committed', async () => {
  for (const maxInFlight of [1, 4, 64]) {
    const harness = new Harness();
    await harness.apply(route('t', { maxInFlight }));
    await harness.append(200);
    const before = harness.ids().length;
    harness.logs.crash();
    harness.begin();
    await harness.apply(route('t', { maxInFlight }));
    await harness.clock.advance(1_000);
    expect(before).toBe(200);
    expect(harness.ids().length - before).toBeLessThanOrEqual(maxInFlight);
  }
});

test('the shared position is recorded within its time, also when no trigger settles anything', async () => {
  const harness = new Harness();
  await harness.apply(route('t', { filter: { attributes: { type: 'wanted' } } }));
  const commits = recorded(harness);
  await harness.append(3, { type: 'unwanted' });
  expect(commits).toEqual([]);
  await harness.clock.advance(defaultLimits.positionWithinMs);
  expect(commits).toHaveLength(1);
  expect(commits[0]?.readUpTo).toHaveLength(1);
  await harness.clock.advance(10 * defaultLimits.positionWithinMs);
  expect(commits).toHaveLength(1);
});

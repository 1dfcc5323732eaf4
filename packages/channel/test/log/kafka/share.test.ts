/** L6: processes that have one topic open share its partitions, drain what they give up, and notice when they lost it. */
import { waitFor } from '@millrace/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedKafka } from '../../../../../test/servers/index.ts';
import type { EventLog, PartitionListener } from '../../../src/log/log.ts';
import { append, cursor, newRecord, plenty } from '../contract-world.ts';
import { backingOf, newTopic, type Process, startProcess } from './world.ts';

const kafka = sharedKafka({ properties: { 'group.min.session.timeout.ms': 500 } });
const partitions = 6;
/** Short, so that a process that is gone is noticed within seconds. */
const clientLimits = { sessionMs: 3_000, heartbeatMs: 200, sessionMarginMs: 500, requestMs: 2_000, retryMs: 3_000 };

/** Partitions that were with two at once: told apart, since whoever shares catches what its listener throws. */
const withTwo: number[] = [];

class Sharer implements PartitionListener {
  readonly process: Process;
  readonly log: EventLog;
  readonly served = new Set<number>();
  readonly lostOnes: number[] = [];
  /** What `revoked` waits for. */
  draining: Promise<void> = Promise.resolve();
  stop: () => Promise<void> = async () => {};
  readonly #all: ReadonlySet<Sharer>;

  constructor(process: Process, log: EventLog, all: ReadonlySet<Sharer>) {
    this.process = process;
    this.log = log;
    this.#all = all;
  }

  async assigned(numbers: readonly number[]): Promise<void> {
    for (const one of numbers) {
      if ([...this.#all].some((other) => other.served.has(one))) withTwo.push(one);
      this.served.add(one);
    }
  }

  async revoked(numbers: readonly number[]): Promise<void> {
    await this.draining;
    for (const one of numbers) {
      expect(this.served.has(one)).toBe(true);
      // Still ours until this resolves: what was in flight is committed.
      const offset = this.log.range(one).end;
      const put = [cursor('draining', one, offset)];
      expect(await this.log.commit({ put, remove: [], readUpTo: [{ partition: one, offset }] })).toEqual({
        kind: 'committed',
      });
      this.served.delete(one);
    }
  }

  lost(numbers: readonly number[]): void {
    this.lostOnes.push(...numbers);
    for (const one of numbers) this.served.delete(one);
  }
}

const sharers = new Set<Sharer>();

async function join(topic: string): Promise<Sharer> {
  const { port, servers } = kafka();
  const process = await startProcess(port, { clientLimits });
  const log = await process.store.open(`log-${topic}`, plenty, backingOf(servers, topic, { partitions }));
  const sharer = new Sharer(process, log, sharers);
  sharers.add(sharer);
  sharer.stop = log.share?.(sharer) ?? sharer.stop;
  return sharer;
}

const served = (...all: readonly Sharer[]) => all.map((one) => one.served.size);

async function evenly(...all: readonly Sharer[]): Promise<void> {
  const share = partitions / all.length;
  await waitFor(`each of ${all.length} serves ${share}`, () => served(...all).every((size) => size === share), {
    timeoutMs: 15_000,
  });
}

afterEach(async () => {
  for (const one of sharers) {
    one.process.crash();
    void one.process.end();
  }
  sharers.clear();
  expect(withTwo.splice(0), 'partitions that were with two processes at once').toEqual([]);
});

describe('L6: sharing a topic', () => {
  it('one process serves all; a second gets its half after the first has drained and committed; the rest goes on', async () => {
    const topic = newTopic();
    const one = await join(topic);
    await evenly(one);
    expect([...one.log.partitions].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    let drained: () => void = () => {};
    one.draining = new Promise((resolve) => {
      drained = resolve;
    });
    const two = await join(topic);
    await waitFor('the first was told to give up', () => one.served.size === 6 && two.log.partitions.length === 0);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(served(one, two)).toEqual([6, 0]);
    drained();
    await evenly(one, two);
    expect([...one.served, ...two.served].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    // What the first committed is what the second finds.
    const stored = await two.log.loadCursors(['draining']);
    expect(stored.cursors.map(({ partition }) => partition).sort()).toEqual([...two.served].sort());
  }, 30_000);

  it('every process appends to all partitions, and a commit for a partition that is not served is refused', async () => {
    const topic = newTopic();
    const one = await join(topic);
    const two = await join(topic);
    await evenly(one, two);
    const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`);
    const positions = await append(one.log, ...keys.map((key) => newRecord(10, key)));
    expect(new Set(positions.map(({ partition }) => partition)).size).toBe(partitions);
    const [theirs] = two.served;
    const put = [cursor('a', theirs!, 1)];
    expect(await one.log.commit({ put, remove: [], readUpTo: [] })).toMatchObject({ kind: 'failed' });
    expect(await two.log.commit({ put, remove: [], readUpTo: [] })).toEqual({ kind: 'committed' });
  }, 30_000);

  it('who stops gives everything back in order, and the other takes it', async () => {
    const topic = newTopic();
    const one = await join(topic);
    const two = await join(topic);
    await evenly(one, two);
    await two.stop();
    expect(two.served.size).toBe(0);
    expect(two.lostOnes).toEqual([]);
    await evenly(one);
    expect(two.log.partitions).toEqual([]);
  }, 30_000);

  it('a process that is cut off says that its partitions are lost before another one has them, and may commit nothing', async () => {
    const topic = newTopic();
    const one = await join(topic);
    const two = await join(topic);
    await evenly(one, two);
    const had = [...two.served];
    two.process.proxy.hold();
    await waitFor('it noticed', () => two.lostOnes.length === had.length, { timeoutMs: 10_000 });
    const put = [cursor('a', had[0]!, 1)];
    expect(await two.log.commit({ put, remove: [], readUpTo: [] })).toMatchObject({ kind: 'failed' });
    await evenly(one); // `assigned` notes whether somebody still has them.
    two.process.proxy.resume();
    await evenly(one, two);
  }, 40_000);

  it('processes that come and go every moment: never two with one partition, and all are served in the end', async () => {
    const topic = newTopic();
    const stays = await join(topic);
    for (let round = 0; round < 4; round += 1) {
      const guest = await join(topic);
      await new Promise((resolve) => setTimeout(resolve, 200 + 300 * round));
      await guest.stop();
      expect(guest.lostOnes).toEqual([]);
    }
    await evenly(stays);
    expect(stays.lostOnes).toEqual([]);
  }, 60_000);
});

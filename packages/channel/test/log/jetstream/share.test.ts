/** L6: of several processes that have a log open, one dispatches it. */
import { waitFor } from '@millrace/testkit';
import { describe, expect, it } from 'vitest';
import { sharedNats, sharedProxy } from '../../../../../test/servers/index.ts';
import type { EventLog, PartitionListener } from '../../../src/log/log.ts';
import { append, cursor, newRecord, plenty } from '../contract-world.ts';
import { newName, type Process, testProcesses } from './world.ts';

const leaseMs = 1_000;

const proxy = sharedProxy();
const nats = sharedNats(() => ({ proxies: [proxy()] }));
const start = testProcesses();

/** What a process was told, and when. */
class Told implements PartitionListener {
  readonly calls: { readonly what: string; readonly atMs: number }[] = [];
  /** What `revoked` waits for. */
  ending: Promise<void> = Promise.resolve();

  /** It was told that its share is nothing for now. */
  placed = false;

  async assigned(partitions: readonly number[]): Promise<void> {
    this.placed = true;
    if (partitions.length > 0) this.#add('assigned');
  }
  async revoked(): Promise<void> {
    await this.ending;
    this.#add('revoked');
  }
  lost(): void {
    this.#add('lost');
  }
  get last(): string | undefined {
    return this.calls.at(-1)?.what;
  }
  at(what: string): number {
    return this.calls.findLast((call) => call.what === what)?.atMs ?? Number.NaN;
  }
  #add(what: string): void {
    this.calls.push({ what, atMs: performance.now() });
  }
}

interface Sharer {
  readonly process: Process;
  readonly log: EventLog;
  readonly told: Told;
  readonly stop: () => Promise<void>;
}

async function sharer(name: string, url = nats().url): Promise<Sharer> {
  const process = start(url, { leaseMs });
  const log = await process.store.open(name, plenty);
  const told = new Told();
  const stop = log.share!(told);
  return { process, log, told, stop };
}

const commitOf = (at: number) => ({ put: [cursor('a', 0, at)], remove: [], readUpTo: [{ partition: 0, offset: at }] });

describe('sharing a log', () => {
  it('one process is assigned the partition; others append, and serve nothing', async () => {
    const name = newName();
    const one = await sharer(name);
    await waitFor('one has it', () => one.told.last === 'assigned');
    const two = await sharer(name);
    expect(one.log.partitions).toEqual([0]);
    await waitFor('two knows that it has nothing', () => two.told.placed);
    await append(two.log, newRecord());
    await new Promise((resolve) => setTimeout(resolve, 2 * leaseMs));
    expect(two.told.calls).toEqual([]);
    expect(two.log.partitions).toEqual([]);
    expect((await two.log.commit(commitOf(1))).kind).toBe('failed');
    expect((await one.log.commit(commitOf(1))).kind).toBe('committed');
    expect(await two.log.trim()).toBe(0);
    await one.stop();
    await two.stop();
  });

  it('given back in order, it is assigned to the next one after `revoked` resolved, with what was committed until then', async () => {
    const name = newName();
    const one = await sharer(name);
    await waitFor('one has it', () => one.told.last === 'assigned');
    const two = await sharer(name);
    let end = () => {};
    one.told.ending = new Promise((resolve) => {
      end = resolve;
    });
    const stopped = one.stop();
    await new Promise((resolve) => setTimeout(resolve, 3 * leaseMs));
    expect(two.told.calls, 'while the first one ends its work').toEqual([]);
    expect((await one.log.commit(commitOf(9))).kind).toBe('committed');
    end();
    await stopped;
    await waitFor('two has it', () => two.told.last === 'assigned');
    expect(two.told.at('assigned')).toBeGreaterThan(one.told.at('revoked'));
    expect(await two.log.loadCursors([])).toMatchObject({ cursors: [cursor('a', 0, 9)] });
    expect(one.log.partitions).toEqual([]);
    await two.stop();
  });

  it("a crashed process's lease runs out within seconds", async () => {
    const name = newName();
    const one = await sharer(name);
    await waitFor('one has it', () => one.told.last === 'assigned');
    await one.log.commit(commitOf(4));
    const two = await sharer(name);
    one.process.crash();
    await waitFor('two has it', () => two.told.last === 'assigned', { timeoutMs: 4 * leaseMs });
    expect(await two.log.loadCursors([])).toMatchObject({ readUpTo: [{ partition: 0, offset: 4 }] });
    await two.stop();
  });

  it('a process that is cut off is told that it lost the log before another has it, and can record nothing then', async () => {
    const name = newName();
    const one = await sharer(name, nats().proxied.url);
    await waitFor('one has it', () => one.told.last === 'assigned');
    const two = await sharer(name);
    // A commit that is held up in the network, and arrives when another process has the log.
    proxy().hold();
    const late = one.log.commit(commitOf(100));
    await waitFor('two has it', () => two.told.last === 'assigned', { timeoutMs: 4 * leaseMs });
    expect(one.told.last).toBe('lost');
    expect(one.told.at('lost')).toBeLessThan(two.told.at('assigned'));
    expect((await two.log.commit(commitOf(5))).kind).toBe('committed');
    proxy().resume();
    expect((await late).kind).toBe('failed');
    expect(await two.log.loadCursors([])).toEqual({
      cursors: [cursor('a', 0, 5)],
      readUpTo: [{ partition: 0, offset: 5 }],
    });
    expect((await one.log.commit(commitOf(101))).kind).toBe('failed');
    await Promise.all([one.stop(), two.stop()]);
  }, 30_000);

  it('a short interruption is survived: the lease is renewed, and nothing is lost', async () => {
    const name = newName();
    const one = await sharer(name, nats().proxied.url);
    await waitFor('one has it', () => one.told.last === 'assigned');
    for (let round = 0; round < 5; round += 1) {
      proxy().cut();
      await new Promise((resolve) => setTimeout(resolve, leaseMs / 2));
    }
    expect(one.told.calls.map(({ what }) => what)).toEqual(['assigned']);
    expect((await one.log.commit(commitOf(3))).kind).toBe('committed');
    await one.stop();
  });

  it("a crashed process's lease runs out also where nobody lives as long as it lasts", async () => {
    const name = newName();
    const one = await sharer(name);
    await waitFor('one has it', () => one.told.last === 'assigned');
    await one.log.commit(commitOf(4));
    one.process.crash();
    const crashedMs = performance.now();
    const has = (next: Sharer) => next.told.last === 'assigned';
    for (let turn = 0; ; turn += 1) {
      const next = await sharer(name);
      const untilMs = performance.now() + 0.6 * leaseMs;
      await waitFor('its end, or its share', () => has(next) || performance.now() > untilMs);
      const tookMs = performance.now() - crashedMs;
      if (has(next)) {
        // No sooner than the lease lasts: the one before may only have been cut off.
        expect(tookMs).toBeGreaterThan(0.7 * leaseMs);
        expect(await next.log.loadCursors([])).toMatchObject({ readUpTo: [{ partition: 0, offset: 4 }] });
        await next.stop();
        break;
      }
      expect(tookMs, 'nobody has it').toBeLessThan(6 * leaseMs);
      if (turn % 2 === 0) next.process.crash();
      else await next.stop();
    }
  }, 30_000);

  it('a lease that is renewed never runs out, however many come and see it', async () => {
    const name = newName();
    const one = await sharer(name);
    await waitFor('one has it', () => one.told.last === 'assigned');
    const sinceMs = performance.now();
    for (let turn = 0; performance.now() - sinceMs < 3 * leaseMs; turn += 1) {
      const next = await sharer(name);
      const untilMs = performance.now() + 0.6 * leaseMs;
      await waitFor('its end', () => performance.now() > untilMs);
      expect(next.told.calls).toEqual([]);
      if (turn % 2 === 0) next.process.crash();
      else await next.stop();
    }
    expect(one.told.calls.map(({ what }) => what)).toEqual(['assigned']);
    await one.stop();
  }, 30_000);

  it('processes that come and go never have it two at a time', async () => {
    const name = newName();
    const all: Sharer[] = [];
    for (let round = 0; round < 4; round += 1) {
      const next = await sharer(name);
      all.push(next);
      await waitFor('somebody has it', () => all.some(({ told }) => told.last === 'assigned'), { timeoutMs: 10_000 });
      const holder = all.find(({ told }) => told.last === 'assigned');
      if (round % 2 === 0) await holder?.stop();
      else holder?.process.crash();
      if (round % 2 === 1) await waitFor('it lost it', () => holder?.told.last === 'lost');
    }
    const times = all.flatMap(({ told }) => told.calls).sort((a, b) => a.atMs - b.atMs);
    let holders = 0;
    for (const { what } of times) {
      holders += what === 'assigned' ? 1 : -1;
      expect(holders).toBeLessThanOrEqual(1);
    }
    for (const { stop } of all) await stop();
  }, 60_000);
});

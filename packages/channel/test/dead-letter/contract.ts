/** What every dead-letter store must do (D1 to D3), as one suite. */
import type { CloudEvent } from '@millrace/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetterStore, NewDeadLetter } from '../../src/dead-letter/dead-letter.ts';

interface DeadLetterWorld {
  readonly store: DeadLetterStore;
  /** Another process, after this one is gone. A store in memory stays as it is. */
  crash(): Promise<void>;
  end(): Promise<void>;
}

export interface DeadLetterHarness {
  start(limitBytes?: number): Promise<DeadLetterWorld>;
}

function letter(offset: number, more: Partial<NewDeadLetter> = {}): NewDeadLetter {
  const attributes = Object.assign(Object.create(null), { id: `e-${offset}`, source: '/dead', type: 'dead.letter' });
  const event: CloudEvent = { specversion: '1.0', attributes, data: new Uint8Array([0, 255, offset % 256]) };
  return {
    subscription: { uid: 'trigger-1', namespace: 'default', name: 'orders', revision: 3 },
    log: { uid: 'broker-1', namespace: 'default', name: 'main' },
    partition: 0,
    offset,
    event,
    headers: ['traceparent', '00-aa-bb-01'],
    reason: 'no-dead-letter-sink',
    destination: 'http://localhost:9000/',
    lastError: '503',
    statusCode: 503,
    attempts: 4,
    firstFailureMs: 1_000,
    lastFailureMs: 9_000,
    ...more,
  };
}

const ofTrigger = (uid: string) => ({ subscription: { uid, namespace: 'default', name: uid, revision: 1 } });

async function kept(store: DeadLetterStore, of: NewDeadLetter): Promise<number> {
  const outcome = await store.put(of);
  if (outcome.kind !== 'kept') throw new Error(`not kept: ${JSON.stringify(outcome)}`);
  return outcome.id;
}

export function describeDeadLetters(name: string, harness: DeadLetterHarness): void {
  describe(`dead-letter store contract: ${name}`, () => {
    let world: DeadLetterWorld;
    beforeEach(async () => {
      world = await harness.start();
    });
    afterEach(() => world.end());

    it('D1: what was kept is there after a crash, with all that is told of it', async () => {
      const letters = [
        letter(1, { responseBody: new Uint8Array([1, 2, 0, 255]), reason: 'dead-letter-sink-failed' }),
        letter(2, { headers: [], lastError: 'ECONNREFUSED žluť' }),
      ];
      const ids = [await kept(world.store, letters[0]!), await kept(world.store, letters[1]!)];
      await world.crash();
      const listed = await world.store.list({ limit: 10 });
      expect(listed.map(({ id }) => id)).toEqual(ids);
      for (const [at, { id: _, event, ...told }] of listed.entries()) {
        const { event: wanted, ...rest } = letters[at]!;
        expect(told).toEqual(rest);
        expect({ ...event.attributes }).toEqual({ ...wanted.attributes });
        expect([...event.data!]).toEqual([...wanted.data!]);
      }
    });

    it('D1: put is idempotent by subscription, log, partition and offset', async () => {
      const id = await kept(world.store, letter(1));
      expect(await kept(world.store, letter(1, { attempts: 9 }))).toBe(id);
      await world.crash();
      expect(await kept(world.store, letter(1))).toBe(id);
      expect(world.store.count()).toBe(1);
      const others = [
        letter(2),
        letter(1, { partition: 1 }),
        letter(1, ofTrigger('trigger-2')),
        letter(1, { log: { uid: 'broker-2', namespace: 'default', name: 'main' } }),
      ];
      const ids = [id];
      for (const other of others) ids.push(await kept(world.store, other));
      expect(new Set(ids).size).toBe(5);
    });

    it('D1: the same put made twice at once is kept once', async () => {
      const outcomes = await Promise.all([1, 2, 3].map(() => world.store.put(letter(7))));
      expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
      expect(world.store.count()).toBe(1);
    });

    it('D2: nothing leaves it but by remove', async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, (_, at) => kept(world.store, letter(at))));
      await world.store.remove([ids[3]!, ids[4]!, 99_999]);
      await world.store.remove([]);
      await world.crash();
      const left = (await world.store.list({ limit: 100 })).map(({ id }) => id);
      expect(left).toEqual(ids.filter((id) => id !== ids[3] && id !== ids[4]).sort((a, b) => a - b));
      expect(world.store.count()).toBe(18);
    });

    it('ids ascend and are never used twice, also when the last letter is gone', async () => {
      const first = await kept(world.store, letter(1));
      const second = await kept(world.store, letter(2));
      expect(second).toBeGreaterThan(first);
      await world.store.remove([first, second]);
      await world.crash();
      expect(await kept(world.store, letter(1))).toBeGreaterThan(second);
    });

    it('a removed letter can be kept again', async () => {
      const id = await kept(world.store, letter(1));
      await world.store.remove([id]);
      expect(await kept(world.store, letter(1))).not.toBe(id);
      expect(world.store.count('trigger-1')).toBe(1);
    });

    it('lists by subscription, by log, from an id on, and no more than asked for', async () => {
      const other = { log: { uid: 'broker-2', namespace: 'default', name: 'other' } };
      for (let at = 0; at < 6; at += 1) {
        await kept(world.store, letter(at, at % 2 === 0 ? ofTrigger('even') : { ...ofTrigger('odd'), ...other }));
      }
      const offsets = async (query: Parameters<DeadLetterStore['list']>[0]) =>
        (await world.store.list(query)).map(({ offset }) => offset);
      expect(await offsets({ limit: 10, subscriptionUid: 'even' })).toEqual([0, 2, 4]);
      expect(await offsets({ limit: 10, logUid: 'broker-2' })).toEqual([1, 3, 5]);
      expect(await offsets({ limit: 2, logUid: 'broker-2' })).toEqual([1, 3]);
      expect(await offsets({ limit: 0 })).toEqual([]);
      const [first] = await world.store.list({ limit: 1 });
      expect(await offsets({ limit: 10, after: first!.id })).toEqual([1, 2, 3, 4, 5]);
      expect(await offsets({ limit: 10, after: 10_000 })).toEqual([]);
      expect([world.store.count(), world.store.count('even'), world.store.count('nobody')]).toEqual([6, 3, 0]);
    });

    it('counts are those of what is there, over a crash too', async () => {
      const ids = [];
      for (let at = 0; at < 5; at += 1) ids.push(await kept(world.store, letter(at, ofTrigger(at < 2 ? 'a' : 'b'))));
      await world.store.remove([ids[0]!, ids[0]!, ids[1]!]);
      await world.crash();
      expect([world.store.count(), world.store.count('a'), world.store.count('b')]).toEqual([3, 0, 3]);
    });

    it('keeps at most the first 1,024 bytes of an answer', async () => {
      await kept(world.store, letter(1, { responseBody: new Uint8Array(5_000).fill(7) }));
      expect((await world.store.list({ limit: 1 }))[0]!.responseBody).toEqual(new Uint8Array(1_024).fill(7));
    });

    it('D3: at its limit it answers full and keeps what it has; after a removal it takes again', async () => {
      const small = await harness.start(20_000);
      const big = (offset: number) =>
        letter(offset, { event: { ...letter(offset).event, data: new Uint8Array(6_000) } });
      const ids: number[] = [];
      let outcome = await small.store.put(big(0));
      for (let offset = 1; outcome.kind === 'kept' && offset < 20; offset += 1) {
        ids.push(outcome.id);
        outcome = await small.store.put(big(offset));
      }
      expect(outcome).toMatchObject({ kind: 'full', reason: expect.stringContaining('20000 bytes') });
      expect(ids.length).toBeGreaterThan(1);
      expect(await small.store.put(big(0)), 'what is kept is still kept').toEqual({ kind: 'kept', id: ids[0] });
      await small.crash();
      expect(small.store.count()).toBe(ids.length);
      await small.store.remove([ids[0]!]);
      await kept(small.store, big(30));
      await small.end();
    });

    it('after close put fails and does not throw', async () => {
      await world.store.close();
      expect((await world.store.put(letter(1))).kind).toBe('failed');
    });
  });
}

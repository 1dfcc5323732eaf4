/** Parts of the JetStream log that need no server: keys, the tail in memory, the stream's configuration. */
import type { JetStreamBacking } from '@millrace/api';
import type { NatsServerFacts } from '@millrace/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences, streamConfig } from '../../../src/log/jetstream/config.ts';
import { cursorInKey, keyPart, keysOf, nameOfPart } from '../../../src/log/jetstream/names.ts';
import { Tail, type TailBudget } from '../../../src/log/jetstream/tail.ts';
import type { LogRecord } from '../../../src/log/log.ts';
import { newEvent } from '../contract-world.ts';

const seed = 2_026;

describe('keys', () => {
  it('any name is a key that NATS takes, and comes back', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => name.isWellFormed()),
        (name) => {
          expect(keyPart(name)).toMatch(/^[-_=a-zA-Z0-9]+$/);
          expect(nameOfPart(keyPart(name))).toBe(name);
          expect(cursorInKey(keysOf('some log').cursor(name))).toBe(name);
        },
      ),
      { seed },
    );
  });

  it('names that differ have keys that differ', () => {
    const names = ['a', 'a.b', 'a b', 'a=b', 'a*', '>', 'a=2eb', 'ä', ''];
    expect(new Set(names.map(keyPart)).size).toBe(names.length);
  });

  it('the name of a cursor of the reference stays as it is', () => {
    expect(keyPart('KN_TRIGGER_0B2C')).toBe('KN_TRIGGER_0B2C');
    expect(keyPart('2f0c7a52-6a7e-4a0e-9d3b-0c8d1f1a2b3c')).toBe('2f0c7a52-6a7e-4a0e-9d3b-0c8d1f1a2b3c');
  });
});

const record = (offset: number, bytes: number): LogRecord => ({
  ...{ event: newEvent(), headers: [], partition: 0, offset, timeMs: 1_000 + offset, bytes },
});
const all = { records: 1_000_000, bytes: 2 ** 40 };

describe('the tail in memory', () => {
  const limits = { tailBytes: 100, tailAgainBytes: 200 };

  it('T1: what it gives is the last run without a hole; within its bytes while nobody follows the end', () => {
    const steps = fc.array(fc.record({ gap: fc.boolean(), count: fc.integer({ min: 1, max: 9 }), bytes: fc.nat(40) }));
    fc.assert(
      fc.property(steps, (appended) => {
        const budget: TailBudget = { usedBytes: 0, bytesMax: 1_000 };
        const tail = new Tail(limits, budget);
        let run: LogRecord[] = [];
        let next = 1;
        for (const { gap, count, bytes } of appended) {
          if (gap) {
            next += 3;
            run = [];
          }
          const records = Array.from({ length: count }, (_, at) => record(next + at, bytes));
          next += count;
          run.push(...records);
          tail.add(records);
          // Before it is trimmed everything new can be read: those who wait for it are told in between.
          expect(tail.read(records[0]!.offset, all)).toEqual(records);
          tail.trim();
          while (run.reduce((sum, one) => sum + one.bytes, 0) > 100) run.shift();
          const from = tail.start ?? next;
          expect(tail.read(from, all)).toEqual(run.slice(run.findIndex((one) => one.offset === from)));
          expect(run.length === 0 || from <= run[0]!.offset).toBe(true);
          expect(budget.usedBytes).toBeLessThanOrEqual(100);
          expect(tail.read(from - 1, all)).toEqual([]);
        }
        tail.clear();
        expect(budget.usedBytes).toBe(0);
      }),
      { seed },
    );
  });

  it('T2: what nobody has read stays while somebody follows the end, and little of what was read', () => {
    const budget: TailBudget = { usedBytes: 0, bytesMax: 10_000 };
    const tail = new Tail(limits, budget);
    tail.reachedEnd(1);
    for (let offset = 1; offset <= 200; offset += 1) {
      tail.add([record(offset, 40)]);
      tail.trim();
    }
    expect(tail.read(1, all)).toHaveLength(200);
    tail.trim();
    expect(tail.start).toBe(199);
    expect(budget.usedBytes).toBe(80);
  });

  it('T2: a batch that was read stays as long as more waits: there may have been room for a part of it only', () => {
    const tail = new Tail(limits, { usedBytes: 0, bytesMax: 10_000 });
    tail.reachedEnd(1);
    for (let offset = 1; offset <= 20; offset += 1) tail.add([record(offset, 40)]);
    expect(tail.read(1, { records: 10, bytes: 2 ** 40 })).toHaveLength(10);
    tail.trim();
    expect(tail.start).toBe(6);
    expect(tail.read(6, all)).toHaveLength(15);
    tail.trim();
    expect(tail.start).toBe(19);
  });

  it('T3: when the tails are full what comes is not kept, until what is was read; what lies between is fetched', () => {
    const budget: TailBudget = { usedBytes: 0, bytesMax: 1_000 };
    const [busy, other] = [new Tail(limits, budget), new Tail(limits, budget)];
    const append = (...offsets: number[]) => {
      busy.add(offsets.map((offset) => record(offset, 40)));
      busy.trim();
    };
    busy.reachedEnd(1);
    for (let offset = 1; offset <= 30; offset += 1) append(offset);
    expect(busy.read(1, all)).toHaveLength(25);
    append(31, 32);
    expect(busy.read(26, all)).toEqual([]);
    expect(busy.read(31, all)).toHaveLength(2);
    other.add([record(1, 90)]);
    other.trim();
    expect(other.start).toBe(1);
  });

  it('T3: a run that nobody reads for long is let go of, and little is kept until somebody is at the end again', () => {
    const tail = new Tail(limits, { usedBytes: 0, bytesMax: 1_000 });
    tail.reachedEnd(1);
    tail.letGo();
    for (let offset = 1; offset <= 10; offset += 1) tail.add([record(offset, 40)]);
    tail.trim();
    expect(tail.start).toBe(1);
    tail.letGo();
    expect(tail.start).toBeUndefined();
    for (let offset = 11; offset <= 20; offset += 1) tail.add([record(offset, 40)]);
    tail.trim();
    expect(tail.start).toBe(19);
    tail.reachedEnd(21);
    tail.add([21, 22, 23].map((offset) => record(offset, 40)));
    tail.trim();
    expect(tail.read(21, all)).toHaveLength(3);
  });

  it('T3: what is appended by others between is no part of a run, and does not take away what was not read', () => {
    const tail = new Tail(limits, { usedBytes: 0, bytesMax: 1_000 });
    tail.reachedEnd(1);
    tail.add([1, 2].map((offset) => record(offset, 10)));
    tail.add([5, 6].map((offset) => record(offset, 10)));
    expect(tail.read(1, all)).toHaveLength(2);
    tail.add([8, 9].map((offset) => record(offset, 10)));
    expect(tail.start).toBe(8);
  });

  it('T3: the tails of a store keep within what they may hold together', () => {
    const budget: TailBudget = { usedBytes: 0, bytesMax: 250 };
    const tails = Array.from({ length: 10 }, () => new Tail(limits, budget));
    for (let offset = 1; offset < 40; offset += 1) {
      for (const tail of tails) {
        tail.add([record(offset, 30)]);
        tail.trim();
        expect(budget.usedBytes).toBeLessThanOrEqual(250);
      }
    }
  });
});

describe('the stream of a backing', () => {
  const backing: JetStreamBacking = {
    ...{ kind: 'jetstream', cluster: { servers: [] }, stream: 'S', subject: 's.e', owned: true, replicas: 3 },
    streamConfig: {},
  };
  const server = (minor: number): NatsServerFacts => ({
    ...{ version: `2.${minor}.0`, jetStream: true, maxPayloadBytes: 1, clusterSize: 3 },
    atLeast: (_, wanted) => minor >= wanted,
  });

  it('refuses rather than drops, and has no age: only what is settled is removed, by us', () => {
    const config = streamConfig(backing, server(12), { bytes: 77 });
    expect(config).toMatchObject({ name: 'S', subjects: ['s.e'], num_replicas: 3, discard: 'new', max_bytes: 77 });
    expect(config).not.toHaveProperty('max_age');
    expect(config).toMatchObject({ allow_atomic: true });
  });

  it('an older server is not asked for what it does not know', () => {
    expect(streamConfig(backing, server(11), undefined)).not.toHaveProperty('allow_atomic');
  });

  it('what a manifest sets wins, but for the name', () => {
    const streamSet = { name: 'X', discard: 'old', max_age: 1_000, subjects: ['more', 's.e'] };
    const config = streamConfig({ ...backing, streamConfig: streamSet }, server(12), { bytes: 1 });
    // A server refuses a duplicate window that is longer than the age.
    expect(config).toMatchObject({ name: 'S', discard: 'old', max_age: 1_000, duplicate_window: 1_000 });
    expect(config['subjects']).toEqual(['s.e', 'more']);
  });

  it('differences: what is wanted otherwise; what a server leaves out is false, zero or absent', () => {
    const wanted = { a: 1, b: false, c: 0, d: ['x'] };
    expect(differences({ a: 1, d: ['x'], other: 5 }, wanted)).toEqual([]);
    expect(differences({ a: 2, b: true, d: ['y'] }, wanted)).toEqual(['a', 'b', 'd']);
  });
});

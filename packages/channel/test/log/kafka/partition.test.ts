/** What a partition keeps in memory: pieces of what was appended here and of what was fetched. */
import type { FetchedPartition, IncomingRecord } from '@millrace/runtime';
import { expect, it } from 'vitest';
import { RecordCache } from '../../../src/log/kafka/cache.ts';
import { PartitionState } from '../../../src/log/kafka/partition.ts';
import type { LogRecord } from '../../../src/log/log.ts';
import { newEvent } from '../contract-world.ts';

const record = (offset: number, bytes = 1_000): LogRecord => ({
  ...{ event: newEvent(), headers: [], partition: 0, offset, timeMs: 1, bytes },
});

/** A partition whose end somebody follows, with `count` records of 1,000 bytes appended one by one. */
function followed(count: number) {
  let made = 0;
  const state = new PartitionState(0, {
    cache: new RecordCache(16 * 1_048_576),
    toRecord: ({ offset }) => {
      made += 1;
      return record(offset);
    },
  });
  const append = (more: number) => {
    for (let left = more; left > 0; left -= 1) state.appended([record(state.end)], state.end, 0);
  };
  state.readKnown(0, { records: 1, bytes: 1 });
  append(count);
  const known = (from: number) => state.readKnown(from, { records: 256, bytes: 2 ** 20 });
  return { state, append, known, made: () => made };
}

const fetched = (from: number, next: number): FetchedPartition => ({
  ...{ topic: 't', partition: 0, start: 0, end: next, next, bytes: 0 },
  records: Array.from({ length: next - from }, (_, at) => ({ offset: from + at, timeMs: 1 }) as IncomingRecord),
});

it('R3: what was given out stays while more waits: there may have been room for a part of it only', () => {
  const { append, known } = followed(2_000);
  expect(known(0)).toMatchObject({ kind: 'records', next: 65 });
  expect(known(65)).toMatchObject({ kind: 'records', next: 130 });
  append(200);
  expect(known(10)).toMatchObject({ kind: 'records', next: 65 });
});

it('R3: and at most so much of it; nothing of it once all was given out', () => {
  const { state, append, known } = followed(2_000);
  for (let from = 0; from < 1_800; ) from = (known(from) as { next: number }).next;
  append(1);
  expect(known(0)).toBeUndefined();
  expect(known(1_000)).toBeDefined();
  for (let from = 1_000; from < state.end; ) from = (known(from) as { next: number }).next;
  append(200);
  expect(known(1_700)).toBeUndefined();
  expect(known(2_001)).toBeDefined();
});

it('what is fetched ends where what is known begins: it is not decoded a second time', () => {
  const { state, append, known, made } = followed(2_000);
  for (let from = 0; from < 1_990; ) from = (known(from) as { next: number }).next;
  append(200);
  const begin = Array.from({ length: 2_200 }, (_, at) => at).find((at) => known(at) !== undefined) ?? 0;
  expect(begin).toBeGreaterThan(10);
  state.arrived(fetched(begin - 10, 2_200), begin - 10, 0);
  expect(made()).toBe(10);
  expect(known(begin - 10)).toMatchObject({ next: begin });
});

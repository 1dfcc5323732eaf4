/** What a cursor's commit says: all of it where there is room, less and never more where there is not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../src/log/kafka/cursor-text.ts';
import type { CursorState } from '../../../src/log/log.ts';

const seed = 20_261_121;
const limitBytes = 4_096;

const states: fc.Arbitrary<CursorState> = fc
  .record({
    from: fc.oneof(fc.nat(10), fc.integer({ min: 0, max: 2 ** 50 })),
    gaps: fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 5_000 })), {
      maxLength: 3_000,
    }),
    beyond: fc.nat(1_000),
    detached: fc.boolean(),
  })
  .map(({ from, gaps, beyond, detached }) => {
    let last = from;
    const pending = gaps.map((gap) => {
      last += gap;
      return last;
    });
    return { name: 'c', partition: 2, seenUpTo: last + 1 + beyond, pending, detached };
  });

const readBack = (state: CursorState, maxBytes: number) => {
  const { offset, metadata } = encodeCursor(state, maxBytes);
  expect(Buffer.byteLength(metadata)).toBeLessThanOrEqual(maxBytes);
  return { offset, read: decodeCursor(state.name, state.partition, offset, metadata) };
};

describe('the text of a cursor', () => {
  it('comes back whole when there is room; the committed offset is the first unsettled one', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { offset, read } = readBack(state, 1_000_000);
        expect(read).toEqual(state);
        expect(offset).toBe(Math.min(state.pending[0] ?? state.seenUpTo, state.seenUpTo));
      }),
      { seed, numRuns: 300 },
    );
  });

  it('T1: without room it says less: nothing unsettled is passed, and the cursor reads for itself', () => {
    fc.assert(
      fc.property(states, fc.integer({ min: 40, max: limitBytes }), (state, maxBytes) => {
        const { read } = readBack(state, maxBytes);
        const open = (offset: number) => offset >= read.seenUpTo || read.pending.includes(offset);
        for (const offset of state.pending) expect(open(offset)).toBe(true);
        expect(read.seenUpTo).toBeLessThanOrEqual(state.seenUpTo);
        expect(read.pending.every((offset) => state.pending.includes(offset))).toBe(true);
        if (read.seenUpTo < state.seenUpTo) expect(read.detached).toBe(true);
        else expect(read).toEqual(state);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('eight thousand neighbours take no more room than one', () => {
    const pending = Array.from({ length: 8_000 }, (_, at) => 100 + at);
    const state: CursorState = { name: 'c', partition: 0, seenUpTo: 9_000, pending, detached: false };
    expect(encodeCursor(state, limitBytes).metadata.length).toBeLessThan(20);
    expect(readBack(state, limitBytes).read).toEqual(state);
  });

  it.each(['', 'consumer-1 of somebody', 'm1', 'm1!!!!', 'm1gICA'])(
    'T2: the text %j is not ours: everything below the offset is settled, and it reads for itself',
    (metadata) => {
      expect(decodeCursor('c', 1, 42, metadata)).toEqual({
        name: 'c',
        partition: 1,
        seenUpTo: 42,
        pending: [],
        detached: true,
      });
    },
  );
});

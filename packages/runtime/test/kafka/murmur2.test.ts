/** Kafka's default partitioner: the values of its own tests, so that our keys meet those of other producers. */
import { describe, expect, it } from 'vitest';
import { murmur2, partitionOfKey } from '../../src/kafka/index.ts';

const known: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

describe('murmur2 as Kafka has it', () => {
  it.each(known)('of %j is %i', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('a partition is the hash without its sign, by the number of partitions', () => {
    for (const [text, hash] of known) expect(partitionOfKey(Buffer.from(text), 7)).toBe((hash & 0x7fffffff) % 7);
    expect(partitionOfKey(new Uint8Array(0), 1)).toBe(0);
  });
});

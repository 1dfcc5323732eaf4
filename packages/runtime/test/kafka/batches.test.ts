/** Record batches: what is written is read back, in pieces too, and what is cut off is left for the next answer. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from '../../src/kafka/index.ts';
import { readBatches } from '../../src/kafka/wire/batch-reader.ts';
import { BatchWriter } from '../../src/kafka/wire/batch-writer.ts';

const seed = 20_261_121;
const producer = { id: 5n, epoch: 0, sequence: 0 };
const timeMs = 1_795_000_000_000;

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined });
const text = fc.oneof(fc.string({ maxLength: 40, unit: 'binary' }), fc.string({ maxLength: 200 }));
const record: fc.Arbitrary<OutgoingRecord> = fc.record({
  key: bytes,
  value: bytes,
  headers: fc
    .array(fc.tuple(fc.string({ minLength: 1, maxLength: 30 }), text), { maxLength: 12 })
    .map((all) => all.flat()),
});

function written(writer: BatchWriter, records: readonly OutgoingRecord[], baseOffset: number): Buffer {
  const batch = Buffer.from(writer.batch(records, { producer, timeMs }));
  batch.writeBigInt64BE(BigInt(baseOffset)); // as the broker does
  return batch;
}

const plain = (value: Uint8Array | undefined) => (value === undefined ? undefined : [...value]);

describe('record batches', () => {
  it('every record comes back as it was, from any offset on', () => {
    const writer = new BatchWriter();
    fc.assert(
      fc.property(
        fc.array(fc.array(record, { minLength: 1, maxLength: 20 }), { maxLength: 4 }),
        fc.nat(80),
        (batches, from) => {
          writer.reset();
          let offset = 0;
          const parts = batches.map((records) => {
            const part = written(writer, records, offset);
            offset += records.length;
            return part;
          });
          const { records, next } = readBatches(Buffer.concat(parts), from, []);
          expect(next).toBe(Math.max(from, offset));
          const all = batches.flat().map((one, at) => ({
            offset: at,
            timeMs,
            key: plain(one.key),
            value: plain(one.value),
            headers: one.headers,
          }));
          expect(records.map((one) => ({ ...one, key: plain(one.key), value: plain(one.value) }))).toEqual(
            all.slice(from),
          );
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it('a batch that is cut off is not read, wherever it is cut', () => {
    const writer = new BatchWriter();
    const one = { key: undefined, value: Buffer.from('x'), headers: ['a', 'b'] };
    const whole = written(writer, [one, one], 0);
    const second = written(writer, [one], 2);
    for (let cut = 0; cut < second.byteLength; cut += 1) {
      const { records, next } = readBatches(Buffer.concat([whole, second.subarray(0, cut)]), 0, []);
      expect({ count: records.length, next }).toEqual({ count: 2, next: 2 });
    }
  });

  it('records of a transaction that was given up are passed over, and their offsets with them', () => {
    const writer = new BatchWriter();
    const one = { key: undefined, value: Buffer.from('x'), headers: [] };
    const transactional = written(writer, [one, one], 0);
    transactional.writeInt16BE(0b1_0000, 21);
    const other = written(writer, [one], 2);
    const bytesOf = Buffer.concat([transactional, other]);
    expect(readBatches(bytesOf, 0, []).records).toHaveLength(3);
    const { records, next } = readBatches(bytesOf, 0, [{ producerId: 5n, firstOffset: 0 }]);
    expect({ offsets: records.map(({ offset }) => offset), next }).toEqual({ offsets: [2], next: 3 });
  });
});

/** The record frame: F1 exactly kept, F2 nothing that was changed is taken. */
import { type CloudEvent, sizeOfEvent } from '@millrace/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter, FrameError, seal, unseal } from '../../src/log/bytes.ts';
import { type BatchHead, decodeBatch, encodeBatch, readRecord } from '../../src/log/frame.ts';
import type { NewRecord } from '../../src/log/log.ts';

const seed = 20_260_101;
const runs = { seed, numRuns: 300 };

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  // Lone surrogates are no text in UTF-8, and yet strings of JavaScript.
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);
const attributeName = fc.stringMatching(/^[a-z0-9]{1,20}$/);
const record: fc.Arbitrary<NewRecord> = fc
  .record({
    specversion: fc.constantFrom('1.0' as const, '0.3' as const),
    attributes: fc.array(fc.tuple(fc.oneof(attributeName, fc.constantFrom('__proto__', '12', '3')), anyText), {
      maxLength: 12,
    }),
    nonString: fc.dictionary(attributeName, fc.constantFrom('Integer' as const, 'Boolean' as const), { maxKeys: 3 }),
    data: fc.option(fc.uint8Array({ maxLength: 5_000 }), { nil: undefined }),
    dataForm: fc.constantFrom(undefined, 'json' as const, 'string' as const, 'base64' as const),
    headers: fc.array(anyText, { maxLength: 6 }),
    key: fc.option(anyText, { nil: undefined }),
  })
  .map(({ specversion, attributes, nonString, data, dataForm, headers, key }) => {
    const byName: Record<string, string> = Object.create(null);
    for (const [name, value] of attributes) byName[name] = value;
    const event: CloudEvent = {
      specversion,
      attributes: byName,
      ...(Object.keys(nonString).length > 0 ? { nonString } : {}),
      ...(data === undefined ? {} : { data }),
      ...(dataForm === undefined ? {} : { dataForm }),
    };
    return { event, headers, ...(key === undefined ? {} : { key }) };
  });
const batch = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 8 }),
  firstOffset: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 100 }),
  timeMs: fc.integer({ min: 0, max: 2 ** 47 }),
});

function headOf(records: readonly NewRecord[], firstOffset = 0, timeMs = 0): BatchHead {
  return { log: 3, partition: 0, firstOffset, timeMs, count: records.length };
}

function encoded(head: BatchHead, records: readonly NewRecord[]): Buffer {
  return Buffer.from(encodeBatch(new ByteWriter(), head, records));
}

/** Comparable, with the order of attributes, and with what is absent told from what is empty. */
function plain({ event, headers, key }: NewRecord) {
  return {
    specversion: event.specversion,
    attributes: Object.entries(event.attributes),
    nonString: Object.entries(event.nonString ?? {}).sort(),
    data: event.data === undefined ? 'none' : Buffer.from(event.data).toString('hex'),
    dataForm: event.dataForm,
    headers,
    key,
  };
}

describe('record frame', () => {
  it('F1: attributes, data, headers and key come back exactly', () => {
    fc.assert(
      fc.property(batch, ({ records, firstOffset, timeMs }) => {
        const head = headOf(records, firstOffset, timeMs);
        const decoded = decodeBatch(encoded(head, records), head);
        if (decoded.kind !== 'batch') throw new Error(decoded.reason);
        expect(decoded.records.map(plain)).toEqual(records.map(plain));
        for (const [at, read] of decoded.records.entries()) {
          expect(read).toMatchObject({ partition: 0, offset: firstOffset + at, timeMs });
          expect(read.bytes).toBe(sizeOfEvent(records[at]!.event));
        }
      }),
      runs,
    );
  });

  it('F1: many batches written one after the other by one writer do not change each other', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 2, maxLength: 6 }), (batches) => {
        const writer = new ByteWriter(1024);
        const frames = batches.map(({ records }) => ({
          records,
          frame: encodeBatch(writer, headOf(records), records),
        }));
        for (const { records, frame } of frames) {
          const decoded = decodeBatch(frame, headOf(records));
          expect(decoded.kind === 'batch' && decoded.records.map(plain)).toEqual(records.map(plain));
        }
      }),
      { seed, numRuns: 100 },
    );
  });

  it('F2: a frame with any one bit changed is corrupt', () => {
    fc.assert(
      fc.property(batch, fc.nat(), ({ records }, at) => {
        const head = headOf(records);
        const frame = encoded(head, records);
        const bit = at % (frame.byteLength * 8);
        frame[bit >> 3]! ^= 1 << (bit & 7);
        expect(decodeBatch(frame, head).kind).toBe('corrupt');
      }),
      runs,
    );
  });

  it('F2: a frame that is cut off or has something after it is corrupt', () => {
    fc.assert(
      fc.property(batch, fc.nat(), ({ records }, at) => {
        const head = headOf(records);
        const frame = encoded(head, records);
        expect(decodeBatch(frame.subarray(0, at % frame.byteLength), head).kind).toBe('corrupt');
        expect(decodeBatch(Buffer.concat([frame, Buffer.from([0])]), head).kind).toBe('corrupt');
      }),
      runs,
    );
  });

  it('F2: a sound frame in another place is corrupt', () => {
    const records: NewRecord[] = [{ event: { specversion: '1.0', attributes: { id: '1' } }, headers: [] }];
    const head = headOf(records, 5, 7);
    const frame = encoded(head, records);
    for (const other of [{ log: 4 }, { firstOffset: 6 }, { timeMs: 8 }, { count: 2 }]) {
      expect(decodeBatch(frame, { ...head, ...other }).kind).toBe('corrupt');
    }
  });

  it('hostile bytes never make the record reader do anything but refuse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          readRecord(new ByteReader(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { seed, numRuns: 5_000 },
    );
  });

  it('hostile changes behind a correct checksum are refused or read, and never throw', () => {
    fc.assert(
      fc.property(
        batch,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        ({ records }, changes) => {
          const head = headOf(records);
          const frame = encoded(head, records);
          const body = frame.subarray(34);
          for (const [at, value] of changes) body[at % body.byteLength] = value;
          const reader = new ByteReader(body);
          let read = 0;
          try {
            for (; read < records.length; read += 1) readRecord(reader);
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError);
          }
          expect(read).toBeLessThanOrEqual(records.length);
        },
      ),
      runs,
    );
  });

  it('varints keep every safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const writer = new ByteWriter();
        writer.varint(value);
        expect(new ByteReader(writer.from(0)).varint()).toBe(value);
      }),
      runs,
    );
  });

  it('a sealed value with any bit changed is not unsealed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), (payload, at) => {
        const sealed = seal(payload);
        expect([...unseal(sealed)!]).toEqual([...payload]);
        const bit = at % (sealed.byteLength * 8);
        sealed[bit >> 3]! ^= 1 << (bit & 7);
        expect(unseal(sealed)).toBeUndefined();
      }),
      runs,
    );
  });
});

/** What crosses threads comes out as it went in (A5): ways and outcomes of every kind, any text, any bytes. */
import { type CloudEvent, newAttributes } from '@millrace/api';
import { type AttemptOutcome, ByteReader, ByteWriter } from '@millrace/channel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readOutcome, readWay, type Way, writeOutcome, writeWay } from '../../../src/server/workers/attempt-entries.ts';
import { entry } from '../../../src/server/workers/entries.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 50 });
const latencyMs = fc.double({ min: 0, max: 1e9, noNaN: true });
const statusCode = fc.integer({ min: 100, max: 999 });
const bytes = fc.uint8Array({ maxLength: 2_000 });

const event = fc
  .record({ id: text, data: fc.option(bytes, { nil: undefined }), specversion: fc.constantFrom('1.0', '0.3') })
  .map(({ id, data, specversion }): CloudEvent => {
    const attributes = Object.assign(newAttributes(), { id, source: '/s', type: 't' });
    return { specversion: specversion as '1.0', attributes, ...(data && { data }) };
  });

const outcome: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('accepted' as const), statusCode, latencyMs }),
  fc.record({
    kind: fc.constant('accepted' as const),
    statusCode,
    latencyMs,
    reply: event,
    replyHeaders: fc.constantFrom([], ['traceparent', '00-a']),
  }),
  fc.record(
    {
      kind: fc.constant('refused' as const),
      statusCode,
      latencyMs,
      body: bytes,
      retryAfter: text,
      note: text,
      extensions: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), text),
    },
    { requiredKeys: ['kind', 'statusCode', 'latencyMs', 'body'] },
  ),
  fc.record({
    kind: fc.constant('no-answer' as const),
    why: fc.constantFrom('timeout', 'unreachable', 'reset', 'bad-answer', 'bad-target' as const),
    error: text,
    latencyMs,
  }),
  fc.record({ kind: fc.constant('cancelled' as const) }),
);

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one) => (one instanceof Uint8Array ? [...one] : one)));

describe('entries', () => {
  test('an outcome comes out as it went in, one behind the other', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 20 }), (outcomes) => {
        const writer = new ByteWriter();
        for (const [id, one] of outcomes.entries()) writeOutcome(writer, id, one);
        const reader = new ByteReader(new Uint8Array(writer.from(0)));
        for (const [id, one] of outcomes.entries()) {
          expect([reader.u8(), reader.varint()]).toEqual([entry.outcome, id]);
          const read = readOutcome(reader);
          expect(plain(read)).toEqual(plain(one));
        }
        expect(reader.left).toBe(0);
      }),
      { seed: 20_261_121, numRuns: 300 },
    );
  });

  test('a way comes out as it went in, but for what is not said and what is false being the same', () => {
    const way: fc.Arbitrary<Way> = fc.record(
      {
        target: fc.record({ url: text, caCerts: text }, { requiredKeys: ['url'] }),
        namespace: text,
        wantsReply: fc.boolean(),
        ignoresAnswer: fc.boolean(),
        format: fc.constantFrom('json', 'binary'),
        timeoutMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      },
      { requiredKeys: ['target', 'namespace', 'wantsReply', 'timeoutMs'] },
    );
    fc.assert(
      fc.property(way, fc.nat(), (one, id) => {
        const writer = new ByteWriter();
        writeWay(writer, id, one);
        const reader = new ByteReader(new Uint8Array(writer.from(0)));
        expect(reader.u8()).toBe(entry.way);
        expect(readWay(reader)).toEqual({ id, way: { ignoresAnswer: false, ...one } });
        expect(reader.left).toBe(0);
      }),
      { seed: 20_261_121, numRuns: 300 },
    );
  });
});

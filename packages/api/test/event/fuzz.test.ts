/**
 * Goal: no request, however broken, makes the decoder throw, and no event it lets through is one it would not send.
 * Method: random headers and bodies, and valid messages with a few bytes changed, so that most of the grammar is reached.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  batch,
  binary,
  type CloudEvent,
  decodeHttp,
  encodeHttp,
  isJsonValue,
  passThroughHeaders,
  structured,
} from '../../src/event/index.ts';
import { anyEvent } from './arbitraries.ts';
import { BATCH_TYPE, bytes, JSON_TYPE } from './support.ts';

const SEED = 20260803;

const headerName = fc.oneof(
  fc.constantFrom(
    'ce-specversion',
    'ce-id',
    'ce-source',
    'ce-type',
    'ce-time',
    'content-type',
    'Ce-X',
    'ce-',
    'c',
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const headerValue = fc.oneof(
  fc.constantFrom('1.0', '0.3', '/s', 't', JSON_TYPE, BATCH_TYPE, 'application/json', '%', '"', '%E2%82', ''),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const flatHeaders = fc.array(fc.tuple(headerName, headerValue), { maxLength: 12 }).map((pairs) => pairs.flat());

/** Every event that is let through can be sent in each mode, with headers that HTTP can carry. */
function sendable(sent: CloudEvent): void {
  for (const format of ['binary', 'json'] as const) {
    const out: string[] = [];
    const body = encodeHttp(sent, format, out);
    for (const part of out) expect(part).toMatch(/^[\t -~]*$/);
    expect(decodeHttp(out, body).kind).toBe('event');
  }
}

function decodeAll(headers: readonly string[], body: Uint8Array): number {
  const decoded = decodeHttp(headers, body);
  passThroughHeaders(headers);
  if (decoded.kind === 'invalid') expect(decoded.message).toMatch(/^[ -~…]{10,400}$/);
  const got = decoded.kind === 'event' ? [decoded.event] : decoded.kind === 'batch' ? decoded.events : [];
  got.forEach(sendable);
  return got.length;
}

test('canary: an event that is not valid is not sendable', () => {
  const wrong = { specversion: '1.0', attributes: { id: '', source: '/s', type: 't' } } as const;
  expect(() => sendable(wrong)).toThrow();
});

test(`random headers and bodies (seed ${SEED})`, () => {
  fc.assert(
    fc.property(flatHeaders, fc.uint8Array({ maxLength: 40 }), (headers, body) => {
      decodeAll(headers, body);
      decodeAll(['content-type', JSON_TYPE, ...headers], body);
      const fields = Object.fromEntries(
        Array.from({ length: headers.length / 2 }, (_, i) => headers.slice(2 * i, 2 * i + 2)),
      );
      decodeHttp(fields, body);
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...bytes('{}[]",:\\u0-.e tfn\0')))), {
  maxLength: 3,
});

test(`valid messages with bytes changed (seed ${SEED}): refused or read, never thrown`, () => {
  let read = 0;
  let refused = 0;
  fc.assert(
    fc.property(anyEvent, edits, fc.boolean(), (sent, changes, inBatch) => {
      const out: string[] = [];
      const body = Buffer.from(inBatch ? batch.encode([sent], out) : structured.encode(sent, out));
      for (const [at, byte] of changes) body[at % body.length] = byte;
      const got = decodeAll(out, body);
      if (got > 0) read += 1;
      else refused += 1;
    }),
    { seed: SEED, numRuns: 600 },
  );
  expect(read).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(50);
});

test(`the scanner accepts what JSON.parse accepts (seed ${SEED})`, () => {
  const json = fc.oneof(
    fc.json({ stringUnit: 'binary' }),
    fc.stringMatching(/^[-+.eE0-9]{1,6}$/),
    fc.stringMatching(/^[[\]{}",:01a\\u ]{1,9}$/),
    fc.tuple(fc.json(), edits).map(([text, changes]) => {
      const chars = [...text];
      for (const [at, byte] of changes) chars[at % chars.length] = String.fromCharCode(byte);
      return chars.join('');
    }),
  );
  fc.assert(
    fc.property(json, (text) => {
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      expect(isJsonValue(bytes(text))).toBe(valid && text.trim() === text);
    }),
    { seed: SEED, numRuns: 3000 },
  );
});

test(`binary messages with headers changed (seed ${SEED})`, () => {
  fc.assert(
    fc.property(anyEvent, fc.nat(), headerValue, (sent, at, value) => {
      const out: string[] = [];
      const body = binary.encode(sent, out);
      out[at % out.length] = value;
      decodeAll(out, body);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

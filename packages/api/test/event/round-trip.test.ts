/**
 * Goal: data and attributes come out as they went in, through every two hops in every pair of content modes.
 * Method: a random event takes two hops on the wire. What may differ is stated here, apart from the codec: HTTP cannot tell
 * no data from empty data, the JSON format implies a content type, and headers do not carry types.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batch, binary, type CloudEvent, decodeHttp, structured } from '../../src/event/index.ts';
import { anyEvent } from './arbitraries.ts';
import { bytes, event, events } from './support.ts';

const SEED = 20260802;
const RUNS = 150;

type Hop = (sent: CloudEvent) => CloudEvent;

const HOPS: Readonly<Record<string, Hop>> = {
  binary: (sent) => {
    const out: string[] = [];
    const body = binary.encode(sent, out);
    return event(decodeHttp(out, body));
  },
  structured: (sent) => {
    const out: string[] = [];
    const body = structured.encode(sent, out);
    JSON.parse(Buffer.from(body).toString('utf8'));
    return event(decodeHttp(out, body));
  },
  batch: (sent) => {
    const out: string[] = [];
    const body = batch.encode([sent, sent], out);
    const [first, second] = events(decodeHttp(out, body));
    if (first === undefined || second === undefined) throw new Error('the batch lost an event');
    expect(second).toEqual(first);
    return first;
  },
};

function same(sent: CloudEvent, got: CloudEvent, path: readonly string[]): void {
  const { datacontenttype: sentType, ...sentRest } = sent.attributes;
  const { datacontenttype: gotType, ...gotRest } = got.attributes;
  expect(gotRest).toEqual(sentRest);
  expect(got.specversion).toBe(sent.specversion);
  // JSON format 3.1.2: only JSON data that came in an envelope without a content type may get the one implied.
  if (gotType !== sentType) {
    expect([sentType, gotType]).toEqual([undefined, 'application/json']);
    expect(path).toContain('binary');
    expect(path[0]).not.toBe('binary');
  }
  expect(Buffer.from(got.data ?? []).toString('hex')).toBe(Buffer.from(sent.data ?? []).toString('hex'));
  if (path.includes('binary')) return;
  expect(got.data === undefined).toBe(sent.data === undefined);
  expect(got.nonString).toEqual(sent.nonString);
}

describe(`two hops (seed ${SEED})`, () => {
  const pairs = Object.keys(HOPS).flatMap((first) => Object.keys(HOPS).map((second) => [first, second] as const));

  test.each(pairs)('%s, then %s', (first, second) => {
    fc.assert(
      fc.property(anyEvent, (sent) => {
        const between = HOPS[first]?.(sent) ?? sent;
        same(sent, HOPS[second]?.(between) ?? between, [first, second]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  test('a hop in the mode it came in is the same bytes from then on', () => {
    fc.assert(
      fc.property(anyEvent, (sent) => {
        const once = HOPS['structured']?.(sent) ?? sent;
        const twice = HOPS['structured']?.(once) ?? once;
        expect(Buffer.from(structured.encode(twice, [])).equals(structured.encode(once, []))).toBe(true);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

describe('canary: the property sees what other codecs do', () => {
  const broken: Readonly<Record<string, Hop>> = {
    'prints JSON again': (sent) => {
      const got = HOPS['structured']?.(sent) ?? sent;
      return got.dataForm === 'json'
        ? { ...got, data: bytes(JSON.stringify(JSON.parse(Buffer.from(got.data ?? []).toString()))) }
        : got;
    },
    'reads bytes as UTF-8': (sent) =>
      sent.data === undefined ? sent : { ...sent, data: bytes(Buffer.from(sent.data).toString()) },
    'invents a time': (sent) => ({ ...sent, attributes: { time: '2026-01-01T00:00:00Z', ...sent.attributes } }),
  };

  test.each(Object.keys(broken))('%s: fails', (name) => {
    const found = fc.check(
      fc.property(anyEvent, (sent) => same(sent, broken[name]?.(sent) ?? sent, ['structured', 'structured'])),
      { seed: SEED, numRuns: RUNS },
    );
    expect(found.failed).toBe(true);
  });
});

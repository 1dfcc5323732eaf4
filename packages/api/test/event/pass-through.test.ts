import { expect, test } from 'vitest';
import { passThroughHeaders } from '../../src/event/index.ts';

const TABLE: readonly (readonly [string, boolean])[] = [
  ['x-request-id', true],
  ['retry-after', true],
  ['knative-foo', true],
  ['Knative-Foo', true],
  ['x-b3-traceid', true],
  ['X-B3-SpanId', true],
  ['traceparent', true],
  ['tracestate', true],
  ['knative-', false],
  ['knative', false],
  ['kn-namespace', false],
  ['prefer', false],
  ['authorization', false],
  ['cookie', false],
  ['accept', false],
  ['x-custom', false],
  ['x-b3', false],
  ['b3', false],
  ['ce-id', false],
  ['content-type', false],
  ['content-length', false],
  ['host', false],
];

test.each(TABLE)('reference 3.2: %s is passed on: %s', (name, passed) => {
  const expected = passed ? [name.toLowerCase(), 'v'] : [];
  expect(passThroughHeaders({ [name]: 'v' })).toEqual(expected);
  expect(passThroughHeaders([name, 'v'])).toEqual(expected);
});

test('repeated values are passed on one by one, in the order received; absent ones are not', () => {
  expect(passThroughHeaders({ 'knative-a': ['1', '2'], 'x-request-id': undefined, tracestate: 'c' })).toEqual([
    'knative-a',
    '1',
    'knative-a',
    '2',
    'tracestate',
    'c',
  ]);
});

test('what is passed on has a limit', () => {
  const headers = { 'knative-a': 'x'.repeat(16_000), 'knative-b': 'x'.repeat(1_000), traceparent: 't' };
  expect(passThroughHeaders(headers).filter((_, i) => i % 2 === 0)).toEqual(['knative-a']);
});

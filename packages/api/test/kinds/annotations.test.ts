/** Annotations with a meaning: design 4 and 6. Every error names the annotation and says what was expected. */
import { describe, expect, it } from 'vitest';
import {
  type AnnotationResult,
  parseConsumerCommand,
  parseConsumerUrl,
  parseDeliveryOrder,
  parseMaxInFlight,
  parsePaused,
  parseRateLimit,
  parseRetention,
  parseRetentionBytes,
  parseStart,
  renderFieldErrors,
  triggerAnnotations,
  validateAnnotations,
} from '../../src/kinds/index.ts';

type Parse = (value: string) => AnnotationResult<unknown>;

const GOOD: readonly (readonly [string, Parse, string, unknown])[] = [
  ['millrace.dev/start', parseStart, 'latest', { kind: 'latest' }],
  ['millrace.dev/start', parseStart, 'earliest', { kind: 'earliest' }],
  ['millrace.dev/start', parseStart, '1970-01-01T00:00:01Z', { kind: 'time', timeMs: 1_000 }],
  ['millrace.dev/start', parseStart, '1970-01-01T01:00:00.25+01:00', { kind: 'time', timeMs: 250 }],
  ['millrace.dev/paused', parsePaused, 'true', true],
  ['millrace.dev/paused', parsePaused, 'false', false],
  ['millrace.dev/max-in-flight', parseMaxInFlight, '1', 1],
  ['millrace.dev/max-in-flight', parseMaxInFlight, '1000', 1_000],
  ['millrace.dev/rate-limit', parseRateLimit, '50', 50],
  ['millrace.dev/rate-limit', parseRateLimit, '0.5', 0.5],
  ['millrace.dev/rate-limit', parseRateLimit, '50/s', 50],
  ['kafka.eventing.knative.dev/delivery.order', parseDeliveryOrder, 'ordered', 'ordered'],
  ['kafka.eventing.knative.dev/delivery.order', parseDeliveryOrder, 'unordered', 'unordered'],
  ['millrace.dev/retention', parseRetention, 'P7D', 604_800_000],
  ['millrace.dev/retention-bytes', parseRetentionBytes, '1Gi', 2 ** 30],
  ['millrace.dev/retention-bytes', parseRetentionBytes, '1.5k', 1_500],
  ['millrace.dev/retention-bytes', parseRetentionBytes, '2e9', 2e9],
  ['millrace.dev/retention-bytes', parseRetentionBytes, '2.007k', 2_007],
  ['millrace.dev/retention-bytes', parseRetentionBytes, '0.1Ki', 103],
  ['millrace.dev/retention-bytes', parseRetentionBytes, '4096', 4_096],
  ['millrace.dev/url', parseConsumerUrl, 'http://localhost:3000/x', 'http://localhost:3000/x'],
  ['millrace.dev/command', parseConsumerCommand, ' node s.js --x ', { kind: 'shell', line: 'node s.js --x' }],
  ['millrace.dev/command', parseConsumerCommand, '["node","a b"]', { kind: 'words', words: ['node', 'a b'] }],
];

const BAD: readonly (readonly [string, Parse, readonly string[]])[] = [
  [
    'millrace.dev/start',
    parseStart,
    ['', 'Latest', 'yesterday', '2026-01-31', '2026-13-31T00:00:00Z', '2026-02-30T00:00:00Z', '12'],
  ],
  ['millrace.dev/paused', parsePaused, ['', 'yes', 'TRUE', '1']],
  ['millrace.dev/max-in-flight', parseMaxInFlight, ['0', '1001', '-1', '1.5', '', 'many', '9'.repeat(400)]],
  ['millrace.dev/rate-limit', parseRateLimit, ['0', '-1', '5/m', '1e9', 'fast', '', '1000001', '0.0']],
  ['kafka.eventing.knative.dev/delivery.order', parseDeliveryOrder, ['Ordered', '']],
  ['millrace.dev/retention', parseRetention, ['7d', 'PT0S', '-P1D', '']],
  ['millrace.dev/retention-bytes', parseRetentionBytes, ['0', '-1', '1GB', '1 Gi', 'lots', '9e99', '']],
  ['millrace.dev/url', parseConsumerUrl, ['localhost:3000', 'ftp://x/', '/path', '', 'http://u:p@x/', 'http://']],
  ['millrace.dev/command', parseConsumerCommand, ['', '  ', '[]', '["node",1]', '[""]', '["node"', 'a\0b']],
];

describe('values that are read', () => {
  it.each(GOOD)('%s', (_name, parse, value, expected) => {
    expect(parse(value)).toEqual({ kind: 'ok', value: expected });
  });
});

describe('values that are refused', () => {
  const cases = BAD.flatMap(([name, parse, values]) => values.map((value) => [name, value, parse] as const));
  it.each(cases)('%s: %j', (name, value, parse) => {
    const result = parse(value);
    expect(result).toMatchObject({ kind: 'error', message: expect.stringContaining(name) });
    expect(result).toMatchObject({ message: expect.stringContaining('expected') });
  });
});

describe('annotations of an object', () => {
  it('a value that is refused is an error at the annotation', () => {
    const errors = validateAnnotations({ 'millrace.dev/max-in-flight': '0' }, triggerAnnotations);
    expect(renderFieldErrors(errors)).toBe(
      'invalid value: 0: metadata.annotations[millrace.dev/max-in-flight]\nexpected a whole number from 1 to 1000',
    );
    expect(errors[0]?.locations).toEqual([['metadata', 'annotations', 'millrace.dev/max-in-flight']]);
  });

  it('a slip in one of our names is told, since the annotation would have no effect', () => {
    const errors = validateAnnotations({ 'millrace.dev/max-inflight': '5' }, triggerAnnotations);
    expect(renderFieldErrors(errors)).toContain('did you mean "millrace.dev/max-in-flight"?');
  });

  it('any other annotation is free', () => {
    const free = { 'millrace.dev/applied-from': 'x', 'example.com/start': 'y', constructor: 'z' };
    expect(validateAnnotations(free, triggerAnnotations)).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeHeaderValue, encodeHeaderValue } from '../../src/event/index.ts';

const SEED = 20260801;

describe('HTTP binding 3.1.3.2: header values', () => {
  test.each([
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['a"b', 'a%22b'],
    ['100%', '100%25'],
    ['!~#$&/:;=?@[]', '!~#$&/:;=?@[]'],
    ['\t\u007f', '%09%7F'],
    ['', ''],
  ])('%j is written as %s and read back', (text, header) => {
    expect(encodeHeaderValue(text)).toBe(header);
    expect(decodeHeaderValue(header)).toBe(text);
  });

  test.each([
    ['lower case digits', '%e2%82%ac', '€'],
    ['needless encoding', '%41%42', 'AB'],
    ['only one round', '%2541', '%41'],
    ['a quoted string', '"a b"', 'a b'],
    ['escapes within quotes', '"a\\"b\\\\c"', 'a"b\\c'],
    ['percent within quotes', '"a%20b"', 'a b'],
    ['a quoted part', 'a="b c";d', 'a=b c;d'],
    ['a backslash outside of quotes', 'a\\b', 'a\\b'],
    ['UTF-8 sent as it is', Buffer.from('café').toString('latin1'), 'café'],
    ['a byte order mark', '%EF%BB%BFx', '\ufeffx'],
  ])('decoding accepts %s', (_, header, text) => {
    expect(decodeHeaderValue(header)).toBe(text);
  });

  test.each([
    ['an overlong space', '%C0%A0'],
    ['a lone continuation byte', '%80'],
    ['a cut sequence', '%E2%82'],
    ['an encoded surrogate', '%ED%A0%80'],
    ['a percent sign without digits', '100%'],
    ['a percent sign with one digit', '%4'],
    ['other than hexadecimal digits', '%zz'],
    ['a quote that is not closed', '"abc'],
    ['an escape of nothing', '"abc\\'],
    ['Latin-1', 'caf\xe9'],
    ['what no header can hold', '€"'],
  ])('decoding refuses %s', (_, header) => {
    expect(decodeHeaderValue(header)).toBeUndefined();
  });

  test(`any text goes through printable ASCII without space and quote (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const header = encodeHeaderValue(text);
        expect(header).toMatch(/^[\x21\x23-\x7e]*$/);
        expect(decodeHeaderValue(header)).toBe(text);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

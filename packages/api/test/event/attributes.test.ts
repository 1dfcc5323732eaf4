import { describe, expect, test } from 'vitest';
import { isTimestamp, isUri, isUriReference, makeEvent, nameProblem } from '../../src/event/index.ts';
import { event, refusal } from './support.ts';

describe('CloudEvents 3.1: formats', () => {
  test.each([
    'https://github.com/cloudevents',
    'mailto:a@example.com',
    'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
    'cloudevents/spec/pull/123',
    '/sensors/tn-1234567/alerts',
    '1-555-123-4567',
    '//host/path',
    '//host',
    'http://[::1]:8080/a?b#c',
    'http://u:p@h:1/',
    '?q=1',
    '#f',
    '/apis/v1/namespaces/ns/kafkasources/s#topic',
    './a:b',
    "a%20b!$&'()*+,;=",
    'file:///etc/hosts',
    'http://h?a/b',
  ])('URI-reference: %s is one', (uri) => expect(isUriReference(uri)).toBe(true));

  test.each([
    'a b',
    'http://a b/',
    '1ab:c',
    ':a',
    'http://[::1',
    'http://h:port/',
    'a#b#c',
    '%zz',
    '%4',
    'a|b',
    '<a>',
    'é',
    'a\\b',
    'a[0]',
    'http://a[/',
    '"',
  ])('URI-reference: %s is none', (uri) => expect(isUriReference(uri)).toBe(false));

  test('a URI has a scheme', () => {
    expect(isUri('http://example.com/s.json#/definitions/a')).toBe(true);
    expect(isUri('urn:a')).toBe(true);
    expect(isUri('/s.json')).toBe(false);
    expect(isUri('')).toBe(false);
    expect(isUri('http://[x/')).toBe(false);
  });

  test.each([
    '2018-04-05T17:31:00Z',
    '2018-04-05t17:31:00z',
    '2024-02-29T00:00:00Z',
    '2000-02-29T00:00:00.1234567890123Z',
    '1990-12-31T23:59:60Z',
    '1937-01-01T12:00:27.87+00:20',
    '0000-01-01T00:00:00-23:59',
  ])('Timestamp: %s is one', (time) => expect(isTimestamp(time)).toBe(true));

  test.each([
    '2018-04-05',
    '2018-04-05 17:31:00Z',
    '2018-04-05T17:31:00',
    '2018-04-05T17:31Z',
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2018-04-31T00:00:00Z',
    '2018-13-01T00:00:00Z',
    '2018-00-01T00:00:00Z',
    '2018-01-00T00:00:00Z',
    '2018-01-01T24:00:00Z',
    '2018-01-01T00:60:00Z',
    '2018-01-01T00:00:61Z',
    '2018-01-01T00:00:00.Z',
    '2018-01-01T00:00:00+24:00',
    '2018-01-01T00:00:00+0100',
    'now',
  ])('Timestamp: %s is none', (time) => expect(isTimestamp(time)).toBe(false));

  test('names: lower-case letters and digits, and longer than 20 is allowed (SHOULD NOT)', () => {
    expect(nameProblem('abc123')).toBeUndefined();
    expect(nameProblem('a'.repeat(40))).toBeUndefined();
    for (const name of ['', 'A', 'a_b', 'a-b', 'é', 'data', 'a\n']) expect(nameProblem(name)).toBeDefined();
  });
});

describe('CloudEvents 2: what a context must be', () => {
  const base = { id: '1', source: '/s', type: 't' };
  test.each([
    [{ source: 'a b' }, 'source: expected a URI-reference (RFC 3986), got "a b"'],
    [{ time: 'yesterday' }, 'time: expected an RFC 3339 timestamp'],
    [{ subject: '' }, 'subject: expected a non-empty value'],
    [{ dataschema: 'rel.json' }, 'dataschema: expected an absolute URI'],
    [{ datacontenttype: 'x' }, 'datacontenttype: expected a media type'],
    [{ datacontenttype: 'text/plain; charset' }, 'datacontenttype: expected a media type'],
    [{ ext: '\u0000' }, 'ext: expected text without control characters'],
    [{ ext: '\u0085' }, 'ext: expected text without control characters'],
    [{ ext: '\ufffe' }, 'ext: expected text without'],
    [{ ext: '\u{1ffff}' }, 'ext: expected text without'],
    [{ ext: '\ufdd0' }, 'ext: expected text without'],
    [{ ext: '\ud800' }, 'ext: expected text without'],
    [{ ext: 2 ** 31 }, 'ext: expected an integer of 32 bits, got 2147483648'],
    [{ ext: 1.5 }, 'ext: expected an integer of 32 bits, got 1.5'],
    [{ ext: Number.NaN }, 'ext: expected an integer of 32 bits'],
    [{ Ext: 'x' }, 'attribute name'],
    [{ subject: 5 }, 'subject: expected a string, got 5'],
    [{ ext: new Uint8Array(1) }, 'ext: expected a string, got bytes'],
    [{ specversion: '0.3' as const, schemaurl: 'a b' }, 'schemaurl: expected a non-empty URI-reference'],
  ])('%j is refused', (change, message) => {
    expect(refusal(makeEvent({ ...base, ...change }))).toContain(message);
  });

  test.each([
    { subject: '💥 any' },
    { datacontenttype: 'text/plain ;charset="a b" ; x=y;' },
    { dataschema: 'https://example.com/s#v1' },
    { ext: '' },
    { ext: -(2 ** 31) },
    { ext: false },
    { specversion: '0.3' as const, dataschema: 'an extension there' },
    { datacontentencoding: 'an extension in 1.0' },
  ])('%j is accepted', (change) => {
    expect(event(makeEvent({ ...base, ...change })).attributes['id']).toBe('1');
  });

  test('checking long hostile values takes linear time', () => {
    const long = 60_000;
    const values = [
      { datacontenttype: `a/b${';   '.repeat(long / 4)}!` },
      { datacontenttype: `a/b;c="${'\\a'.repeat(long / 2)}` },
      { source: `//${'a'.repeat(long)}|` },
      { source: `${'a'.repeat(long)}:|` },
      { time: `2018-01-01T00:00:00.${'1'.repeat(long)}` },
    ];
    const before = process.cpuUsage().user;
    for (const change of values) expect(makeEvent({ ...base, ...change }).kind).toBe('invalid');
    expect((process.cpuUsage().user - before) / 1000).toBeLessThan(1000);
  });
});

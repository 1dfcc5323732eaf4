import { describe, expect, test } from 'vitest';
import { binary as codec, decodeHttp, makeEvent } from '../../src/event/index.ts';
import { binary, binaryHeaders, bothShapes, bytes, event, record, refusal, text } from './support.ts';

describe('HTTP binding 3.1: binary content mode, in', () => {
  test('attributes come from ce- headers, data is the body as it is, in both header shapes', () => {
    const headers = {
      host: 'h',
      'ce-specversion': '1.0',
      'ce-id': 'a b',
      'ce-source': '/s',
      'ce-type': 't',
      'ce-time': '2026-01-02T03:04:05.123456789+02:00',
      'ce-myext': 'caf%C3%A9',
      'content-type': 'Application/JSON; charset=UTF-8',
    };
    const body = bytes('{ "n" : 12345678901234567890, "n": 1.0 }\n');
    for (const shape of bothShapes(headers)) {
      const got = event(decodeHttp(shape, body));
      expect({ ...got.attributes }).toEqual({
        id: 'a b',
        source: '/s',
        type: 't',
        time: '2026-01-02T03:04:05.123456789+02:00',
        myext: 'café',
        datacontenttype: 'Application/JSON; charset=UTF-8',
      });
      expect(got.specversion).toBe('1.0');
      expect(got.data).toBe(body);
      expect(got.dataForm).toBeUndefined();
      expect(got.nonString).toBeUndefined();
    }
  });

  test('nothing is invented: no time, no content type, no data', () => {
    const got = event(binary());
    expect({ ...got.attributes }).toEqual({ id: '1', source: '/s', type: 't' });
    expect('data' in got).toBe(false);
  });

  test.each([
    ['text/plain', true],
    ['application/xml', true],
    ['application/json', false],
    ['application/vnd.x+json', false],
    [undefined, false],
    ['', false],
  ])('an empty body with content type %s is data: %s', (type, isData) => {
    const got = event(binary({ 'content-type': type }));
    expect('data' in got).toBe(isData);
    expect(got.data?.byteLength ?? 0).toBe(0);
  });

  test('names that exist on every object are plain extensions', () => {
    const got = event(binary({ 'ce-constructor': 'x' }));
    expect(got.attributes['constructor']).toBe('x');
    expect(event(binary()).attributes['constructor']).toBeUndefined();
  });

  test('specversion 0.3 is kept', () => {
    const got = event(binary({ 'ce-specversion': '0.3', 'ce-schemaurl': 'schema.json' }));
    expect(got.specversion).toBe('0.3');
    expect(got.attributes['schemaurl']).toBe('schema.json');
  });

  test.each([
    [{ 'ce-specversion': undefined }, 'missing-attribute: specversion'],
    [{ 'ce-specversion': '2.0' }, 'unknown-specversion: specversion: expected 1.0 or 0.3, got "2.0"'],
    [{ 'ce-specversion': '' }, 'unknown-specversion'],
    [{ 'ce-id': undefined }, 'missing-attribute: id'],
    [{ 'ce-source': undefined }, 'missing-attribute: source'],
    [{ 'ce-type': undefined }, 'missing-attribute: type'],
    [{ 'ce-id': '' }, 'invalid-attribute: id: expected a non-empty value, got ""'],
    [
      { 'ce-my_ext': 'x' },
      'invalid-attribute: attribute name: expected lower-case letters a-z and digits, got "my_ext"',
    ],
    [{ 'ce-my-ext': 'x' }, 'invalid-attribute: attribute name'],
    [{ 'ce-data': 'x' }, 'invalid-attribute: data'],
    [{ 'ce-x': '%0A' }, 'invalid-attribute: x: expected text without control characters'],
    [{ 'ce-x': 'a\tb' }, 'invalid-attribute: x: expected text without control characters'],
    [{ 'ce-x': '%C0%A0' }, 'invalid-attribute: x: expected percent-encoded UTF-8'],
    [{ 'ce-datacontenttype': 'text/plain' }, 'invalid-attribute: datacontenttype: expected in the header Content-Type'],
    [{ 'content-type': 'json' }, 'invalid-attribute: datacontenttype: expected a media type'],
  ])('%j is refused: %s', (change, expected) => {
    expect(refusal(binary(change))).toContain(expected);
  });

  test('a header that comes twice is refused where it can be seen', () => {
    const flat = ['ce-specversion', '1.0', 'ce-id', '1', 'Ce-Id', '2', 'ce-source', '/s', 'ce-type', 't'];
    expect(refusal(decodeHttp(flat, bytes('')))).toBe(
      'invalid-attribute: header ce-id: expected once, got "1" and "2"',
    );
    const distinct = { 'ce-specversion': ['1.0'], 'ce-id': ['1', '2'], 'ce-source': ['/s'], 'ce-type': ['t'] };
    expect(refusal(decodeHttp(distinct, bytes('')))).toContain('header ce-id: expected once');
    expect(refusal(decodeHttp([...flat, 'Ce-Specversion', '0.3'], bytes('')))).toContain('expected once');
    const types = [...flat.slice(0, 4), ...flat.slice(6), 'content-type', 'a/b', 'Content-Type', 'a/c'];
    expect(refusal(decodeHttp(types, bytes('x')))).toContain('header Content-Type: expected once');
  });

  test('more attributes than an event may have are refused', () => {
    const many = Object.fromEntries(Array.from({ length: 254 }, (_, i) => [`ce-x${i}`, 'v']));
    expect(refusal(binary(many))).toContain('expected at most 256');
    expect(refusal(binary({ 'ce-x': 'v'.repeat(70_000) }))).toContain('expected at most 65536 characters');
  });

  test('a message quotes what came, cut to a length and in ASCII', () => {
    const message = refusal(binary({ 'ce-time': `%C3%A9${'x'.repeat(500)}` }));
    expect(message).toMatch(/^[ -~…]+$/);
    expect(message.length).toBeLessThan(200);
    expect(message).toContain('time: expected an RFC 3339 timestamp');
  });

  test('0.3: a body that claims to be base64 must be', () => {
    const headers = { 'ce-specversion': '0.3', 'ce-datacontentencoding': 'base64' };
    expect(text(event(binary(headers, bytes('aGk='))).data)).toBe('aGk=');
    expect(refusal(binary(headers, bytes('not base64')))).toContain('invalid-data: data: expected base64');
    expect(refusal(binary({ ...headers, 'ce-datacontentencoding': 'gzip' }))).toContain('datacontentencoding');
  });
});

describe('HTTP binding 3.1: binary content mode, out', () => {
  test('each attribute is a header, percent-encoded; the media type is Content-Type; the body is the same object', () => {
    const body = bytes('x');
    const got = event(
      binary(
        { 'ce-specversion': '0.3', 'ce-subject': 'Euro%20%E2%82%AC%20%F0%9F%98%80', 'content-type': 'a/b; c="d e"' },
        body,
      ),
    );
    const out = ['x-before', '1'];
    expect(codec.encode(got, out)).toBe(body);
    expect(record(out)).toEqual({
      'x-before': '1',
      'ce-specversion': '0.3',
      'ce-id': '1',
      'ce-source': '/s',
      'ce-type': 't',
      'ce-subject': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
      'content-type': 'a/b; c="d e"',
    });
  });

  test('no data is an empty body without a content type', () => {
    const out: string[] = [];
    const made = event(makeEvent({ id: '1', source: '/s', type: 't' }));
    expect(codec.encode(made, out).byteLength).toBe(0);
    expect(record(out)).toEqual(binaryHeaders());
  });
});

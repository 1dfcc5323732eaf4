import { describe, expect, test } from 'vitest';
import { binary as binaryMode, structured as codec, decodeHttp, encodeHttp } from '../../src/event/index.ts';
import { binary, bytes, envelope, event, JSON_TYPE, record, refusal, structured, text } from './support.ts';

function member(members: string, specversion = '1.0') {
  return event(structured(envelope(members, specversion)));
}

describe('JSON format 3.1: data is cut from the text, not printed again', () => {
  test.each([
    '{"n":12345678901234567890}',
    '{ "a" : 1.0 }',
    '{"k":1,"k":2}',
    '[\n\t1 ,\r\n 2 ]',
    '0',
    '-0.0e-10',
    'false',
    'null',
    '""',
    '"I\'m just a string"',
    '"\\u00e9\\ud800 é 💥"',
    '{"é":"💥","data":{"data":1},"}":"]"}',
    '1e999',
  ])('%s', (json) => {
    const body = ` {"specversion":"1.0","x":"ü💥","data" :\t${json} ,"id":"1","source":"/s","type":"t"} `;
    const got = event(structured(body));
    expect(text(got.data)).toBe(json);
    expect(got.dataForm).toBe('json');
    expect(got.attributes['x']).toBe('ü💥');
    expect(got.attributes['datacontenttype']).toBeUndefined();
  });

  test('structured out embeds the same text again', () => {
    const body = envelope('"datacontenttype":"application/json","data":{ "a" : 1.0,\n"a":2 }');
    const out: string[] = [];
    expect(text(codec.encode(event(structured(body)), out))).toBe(body);
    expect(out).toEqual(['content-type', JSON_TYPE]);
  });

  test('3.1.2: an implied application/json is said in binary mode; the event itself is not changed', () => {
    const got = member('"data":"I\'m just a string"');
    const out: string[] = [];
    expect(text(binaryMode.encode(got, out))).toBe('"I\'m just a string"');
    expect(record(out)['content-type']).toBe('application/json');
    expect(got.attributes['datacontenttype']).toBeUndefined();
  });

  test('a string for another content type is its text', () => {
    const got = member('"datacontenttype":"application/xml","data":"<much wow=\\"x\\u00e9l\\"/>"');
    expect(text(got.data)).toBe('<much wow="xél"/>');
    expect(got.dataForm).toBe('string');
    const out: string[] = [];
    expect(text(codec.encode(got, out))).toBe(
      envelope('"datacontenttype":"application/xml","data":"<much wow=\\"xél\\"/>"'),
    );
  });

  test('a string is encoded as its charset says, and comes back', () => {
    const latin1 = member('"datacontenttype":"text/plain; charset=ISO-8859-1","data":"caf\\u00e9"');
    expect(Buffer.from(latin1.data ?? []).toString('hex')).toBe('636166e9');
    expect(text(codec.encode(latin1, []))).toContain('"data":"café"');
    const other = member('"datacontenttype":"text/plain; charset=\\"shift_jis\\"","data":"abc"');
    expect(text(other.data)).toBe('abc');
    for (const members of [
      '"datacontenttype":"text/plain; charset=iso-8859-1","data":"€"',
      '"datacontenttype":"text/plain; charset=shift_jis","data":"é"',
      '"datacontenttype":"text/plain; charset=utf-16","data":"a"',
      '"datacontenttype":"text/plain","data":"\\ud800"',
    ]) {
      expect(refusal(structured(envelope(members)))).toContain('invalid-data: data: expected text that');
    }
  });

  test.each(['1', '{"a":1}', 'null', 'true'])('other content type with data %s is refused', (json) => {
    expect(refusal(structured(envelope(`"datacontenttype":"text/plain","data":${json}`)))).toContain(
      'invalid-data: data: expected a JSON string, since datacontenttype is "text/plain"',
    );
  });

  test('no data and empty data differ', () => {
    expect('data' in member('')).toBe(false);
    expect(member('"data_base64":""').data?.byteLength).toBe(0);
    expect(member('"datacontenttype":"text/plain","data":""').data?.byteLength).toBe(0);
    expect('data' in member('"data_base64":null')).toBe(false);
  });

  test('data_base64 is bytes, in the form it came for the way out', () => {
    const body = envelope('"datacontenttype":"application/json","data_base64":"eyJhIjoxfQ=="');
    const got = event(structured(body));
    expect(text(got.data)).toBe('{"a":1}');
    expect(got.dataForm).toBe('base64');
    expect(text(codec.encode(got, []))).toBe(body);
    expect(text(member('"data_base64":"\\/\\/8="').data)).toBe(text(Buffer.from([0xff, 0xff])));
  });

  test.each(['"a"', '"ab=c"', '"YW=Y"', '"Y WJj"', '"-_-_"', '"YWJ"', '1', '{}', '"===="', '"YQ==YQ=="'])(
    'data_base64 %s is refused',
    (json) => {
      expect(structured(envelope(`"data_base64":${json}`))).toMatchObject({ kind: 'invalid' });
    },
  );

  test('a letter that Node would read as its low byte is no base64', () => {
    expect(refusal(structured(envelope('"data_base64":"\u0141AAA"')))).toContain('invalid-data: data_base64');
  });

  test('what is said of a bad event is short, however long its names are', () => {
    expect(refusal(structured(envelope(`"${'a'.repeat(100_000)}":1.5`))).length).toBeLessThan(1_000);
  });

  test('attributes of null are counted too: their names are kept while the event is read', () => {
    const nulls = Array.from({ length: 300 }, (_, index) => `"x${index}":null`).join();
    expect(refusal(structured(envelope(nulls)))).toContain('attributes: expected at most 256');
  });

  test('the limit is that of binary mode: specversion and data do not count', () => {
    const members = (count: number) => Array.from({ length: count }, (_, index) => `"x${index}":"v"`).join();
    // `envelope` has id, source and type.
    expect(Object.keys(member(`"data":1,${members(253)}`).attributes)).toHaveLength(256);
    expect(refusal(structured(envelope(`"data":1,${members(254)}`)))).toContain('attributes: expected at most 256');
  });

  test('data and data_base64 together are refused', () => {
    expect(refusal(structured(envelope('"data":1,"data_base64":"YQ=="')))).toContain(
      'invalid-data: data: expected either',
    );
  });
});

describe('JSON format 2: attributes', () => {
  test('numbers and booleans are kept as canonical strings, and go out as they came', () => {
    const body = envelope('"n":-2147483648,"b":false,"s":"1"');
    const got = event(structured(body));
    expect({ ...got.attributes }).toMatchObject({ n: '-2147483648', b: 'false', s: '1' });
    expect({ ...got.nonString }).toEqual({ n: 'Integer', b: 'Boolean' });
    expect(text(codec.encode(got, []))).toBe(body);
    const out: string[] = [];
    binaryMode.encode(got, out);
    expect(record(out)).toMatchObject({ 'ce-n': '-2147483648', 'ce-b': 'false' });
  });

  test('2.2: null is absent', () => {
    const got = member('"subject":null,"ext":null');
    expect({ ...got.attributes }).toEqual({ id: '1', source: '/s', type: 't' });
    expect(refusal(structured('{"specversion":"1.0","id":null,"source":"/s","type":"t"}'))).toContain(
      'missing-attribute: id',
    );
  });

  test('names and values may be written with escapes', () => {
    expect(member('"\\u0078":"\\u0079\\/"').attributes['x']).toBe('y/');
  });

  test.each([
    ['"n":1.0', 'invalid-attribute: n: expected a string, a boolean or an integer of 32 bits, got "1.0"'],
    ['"n":1e3', 'invalid-attribute: n'],
    ['"n":2147483648', 'invalid-attribute: n'],
    ['"n":[1]', 'invalid-attribute: n'],
    ['"n":{"a":1}', 'invalid-attribute: n'],
    ['"subject":5', 'invalid-attribute: subject: expected a string, got a JSON Integer'],
    ['"subject":""', 'invalid-attribute: subject'],
    ['"time":true', 'invalid-attribute: time'],
    ['"x":"\\u0000"', 'invalid-attribute: x: expected text without control'],
    ['"x":"\\udc00"', 'invalid-attribute: x: expected text without control'],
    ['"myExt":"x"', 'invalid-attribute: attribute name'],
    ['"id":"2"', 'invalid-attribute: "id": expected one member of this name'],
    ['"subject":null,"subject":"x"', 'invalid-attribute: "subject": expected one member'],
    ['"\\u0069d":"2"', 'invalid-attribute: "id": expected one member'],
    ['"data":1,"data":2', 'invalid-attribute: "data": expected one member'],
    ['"datacontenttype":"x","data":"a"', 'invalid-attribute: datacontenttype'],
  ])('%s is refused: %s', (members, expected) => {
    expect(refusal(structured(envelope(members)))).toContain(expected);
  });

  test.each([
    ['{}', 'missing-attribute: specversion'],
    ['{"specversion":"1.1"}', 'unknown-specversion'],
    ['{"specversion":1.0}', 'invalid-attribute: specversion'],
    ['{"specversion":1}', 'unknown-specversion: specversion: expected 1.0 or 0.3, got "1"'],
    ['{"specversion":"1.0"}', 'missing-attribute: id'],
  ])('%s is refused: %s', (body, expected) => {
    expect(refusal(structured(body))).toContain(expected);
  });

  test('too many and too long attributes are refused', () => {
    const many = Array.from({ length: 260 }, (_, i) => `"x${i}":"v"`).join(',');
    expect(refusal(structured(envelope(many)))).toContain('expected at most 256');
    expect(refusal(structured(envelope(`"x":"${'v'.repeat(70_000)}"`)))).toContain('expected at most 65536 characters');
  });
});

describe('RFC 8259: what is not JSON is refused with the place', () => {
  test.each([
    '',
    ' ',
    'x',
    '[]',
    '"a"',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    "{'a':1}",
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":tru}',
    '{"a":NaN}',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\n"}',
    '{"a":"',
    '{"data":[1,]}',
    '{"data":[1 2]}',
    '{"data":{"a" 1}}',
    '{"data":{1:1}}',
    '{"data":[}',
    '{"data":{]}',
    `${envelope()} x`,
    `${envelope()}${envelope()}`,
  ])('%s', (body) => {
    expect(refusal(structured(body))).toMatch(/^malformed-json: the body is not JSON: expected .+ at byte \d+, got /);
  });

  test('bytes that are not UTF-8', () => {
    const body = Buffer.concat([bytes(envelope('"data":"')).subarray(0, -1), Buffer.from([0xff]), bytes('"}')]);
    expect(refusal(structured(body))).toContain('malformed-json: the body is not JSON: expected UTF-8');
  });

  test('a byte order mark is passed over', () => {
    expect(event(structured(`\ufeff ${envelope('"data":1')}`)).attributes['id']).toBe('1');
  });

  test('nesting is limited and cannot exhaust the stack', () => {
    const nested = (depth: number) => envelope(`"data":${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(event(structured(nested(10_000))).data?.byteLength).toBe(20_000);
    expect(refusal(structured(nested(10_001)))).toContain(
      'malformed-json: the body is not JSON: expected at most 10000',
    );
    expect(refusal(structured(`${'{"a":'.repeat(1_000_000)}`))).toContain('malformed-json');
    const deep = bytes(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    const got = event(binary({ 'content-type': 'application/json' }, deep));
    expect(text(codec.encode(got, []))).toContain('"data_base64":"W1tb');
  });
});

describe('CloudEvents 0.3 in JSON', () => {
  test('base64 is said by datacontentencoding, which is the envelope’s and not the event’s', () => {
    const body = envelope(
      '"datacontenttype":"application/json","datacontentencoding":"base64","data":"eyJhIjoxfQ=="',
      '0.3',
    );
    const got = event(structured(body));
    expect(text(got.data)).toBe('{"a":1}');
    expect(got.attributes['datacontentencoding']).toBeUndefined();
    expect(text(codec.encode(got, []))).toBe(body);
    const out: string[] = [];
    expect(text(binaryMode.encode(got, out))).toBe('{"a":1}');
    expect(record(out)['ce-datacontentencoding']).toBeUndefined();
  });

  test('JSON data and schemaurl', () => {
    const body = envelope('"schemaurl":"/s","data":{ "a" : 1.0 }', '0.3');
    const got = event(structured(body));
    expect(text(got.data)).toBe('{ "a" : 1.0 }');
    expect(text(codec.encode(got, []))).toBe(body);
  });

  test('base64 text received in binary mode means the same in structured mode', () => {
    const headers = { 'ce-specversion': '0.3', 'ce-datacontentencoding': 'base64', 'content-type': 'text/plain' };
    const sent = codec.encode(event(binary(headers, bytes('aGk='))), []);
    expect(text(event(structured(sent)).data)).toBe('hi');
  });

  test.each([
    ['"data_base64":"YQ=="', 'invalid-attribute: data_base64'],
    ['"datacontentencoding":"base64","data":{}', 'invalid-data: data: expected base64'],
    ['"datacontentencoding":"base64","data":"?"', 'invalid-data: data: expected base64'],
    ['"datacontentencoding":"quoted-printable","data":"?"', 'invalid-attribute: datacontentencoding'],
  ])('%s is refused: %s', (members, expected) => {
    expect(refusal(structured(envelope(members, '0.3')))).toContain(expected);
  });
});

describe('binary in, structured out', () => {
  const sent = (type: string | undefined, body: Uint8Array) =>
    text(encodeHttp(event(binary({ 'content-type': type }, body)), 'json', [])) ?? '';

  test.each<[string | undefined, string, string]>([
    ['application/json', '{ "a" : 1.0 }', '"data":{ "a" : 1.0 }'],
    ['text/json;charset=utf-8', '[1]', '"data":[1]'],
    ['application/vnd.x+json', '"é"', '"data":"é"'],
    [undefined, '12', '"data":12'],
    ['application/json', 'not json', '"data_base64":"bm90IGpzb24="'],
    ['application/json', '{"a":1}\n', '"data_base64":"eyJhIjoxfQo="'],
    [undefined, 'not json', '"data_base64":"bm90IGpzb24="'],
    ['text/xml', '<a b="c"/>', '"data":"<a b=\\"c\\"/>"'],
    ['application/soap+xml', '<é/>', '"data":"<é/>"'],
    ['text/plain', '', '"data":""'],
    ['application/octet-stream', 'abc', '"data_base64":"YWJj"'],
  ])('%s with %j goes out as %s', (type, body, expected) => {
    expect(sent(type, bytes(body))).toContain(`${expected}}`);
  });

  test('text that is not UTF-8 goes out as base64', () => {
    expect(sent('text/plain', Buffer.from([0x63, 0xe9]))).toContain('"data_base64":"Y+k="');
    expect(sent('application/json', Buffer.from([0x22, 0xe9, 0x22]))).toContain('"data_base64":"Iuki"');
  });

  test('no data is no member', () => {
    expect(sent(undefined, bytes(''))).toBe(envelope());
  });
});

test('attribute headers beside a structured body are not read (HTTP binding 3.2.3)', () => {
  const headers = { 'content-type': JSON_TYPE, 'ce-id': 'other', 'ce-b_a_d': '%', 'ce-specversion': '9' };
  expect(event(decodeHttp(headers, bytes(envelope()))).attributes['id']).toBe('1');
});

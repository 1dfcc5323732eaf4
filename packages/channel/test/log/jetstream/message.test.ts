/** Events as JetStream messages: what we write, and what others write. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../../src/log/jetstream/message.ts';
import type { LogRecord, NewRecord } from '../../../src/log/log.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

/** What a server gives back of header lines: each value without the space around it. */
function fieldsOf(lines: string): string[] {
  return lines
    .split('\r\n')
    .filter((line) => line !== '')
    .flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
}

function decode(headers: readonly string[], data: Uint8Array): LogRecord | string {
  return decodeMessage({ sequence: 7, subject: 's', timeMs: 1_000, headers, data }, 0);
}

function event(read: LogRecord | string) {
  if (typeof read === 'string') throw new Error(read);
  return read.event;
}

describe('CloudEvents NATS binding 1.0, written', () => {
  const record: NewRecord = {
    event: {
      specversion: '1.0',
      attributes: { id: 'a 1', source: '/s', type: 't', datacontenttype: 'text/plain', subject: 'žluť "50 %"' },
      data: bytes('payload'),
    },
    headers: [],
  };

  it('3.1: attributes are headers with the prefix ce-, percent-encoded; the content type is datacontenttype', () => {
    expect(fieldsOf(encodeMessage(record).headers)).toEqual([
      ...['ce-specversion', '1.0', 'ce-id', 'a%201', 'ce-source', '/s', 'ce-type', 't', 'content-type', 'text/plain'],
      ...['ce-subject', '%C5%BElu%C5%A5%20%2250%20%25%22', 'Millrace-Event', ''],
    ]);
  });

  it('3.1.2: the payload is the data, byte for byte', () => {
    expect(encodeMessage(record).data).toBe(record.event.data);
  });

  it('nothing in a header can end it', () => {
    const attributes = { id: '1', source: '/s', type: 't', datacontenttype: 'a/b\r\nx: y', ext: 'v\r\n\r\nw' };
    const { headers } = encodeMessage({ event: { specversion: '1.0', attributes }, headers: ['x-b3-a', 'b\r\nc: d'] });
    expect(fieldsOf(headers).filter((_, at) => at % 2 === 0)).toEqual([
      ...[
        'ce-specversion',
        'ce-id',
        'ce-source',
        'ce-type',
        'ce-datacontenttype',
        'ce-ext',
        'x-b3-a',
        'Millrace-Event',
      ],
    ]);
  });

  it('what was written is read exactly', () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,12}$/).filter((text) => text !== 'specversion' && text !== 'data');
    const text = fc.string({ unit: 'grapheme' }).filter((value) => value.isWellFormed());
    const written = fc.record({
      attributes: fc.dictionary(name, text),
      data: fc.option(fc.uint8Array(), { nil: undefined }),
      form: fc.constantFrom(undefined, 'json', 'string', 'base64'),
      pass: fc.array(fc.tuple(fc.constantFrom('traceparent', 'x-b3-flags', 'knative-a'), text)),
      typed: fc.option(fc.constantFrom('Integer', 'Boolean'), { nil: undefined }),
      version: fc.constantFrom('1.0', '0.3'),
    });
    fc.assert(
      fc.property(written, ({ attributes, data, form, pass, typed, version }) => {
        const original: NewRecord = {
          event: {
            specversion: version as '1.0',
            attributes: { id: '1', ...attributes },
            ...(data === undefined ? {} : { data }),
            ...(form === undefined ? {} : { dataForm: form as 'json' }),
            ...(typed === undefined ? {} : { nonString: { id: typed as 'Integer' } }),
          },
          headers: pass.flat(),
        };
        const { headers, data: payload } = encodeMessage(original);
        const read = decode(fieldsOf(headers), payload) as LogRecord;
        expect({ ...read.event, attributes: { ...read.event.attributes } }).toEqual({
          ...original.event,
          attributes: { ...original.event.attributes },
        });
        // Headers of one name keep their order; those of different names too, unless a name comes twice.
        expect(read.headers).toEqual(original.headers);
      }),
      { seed: 4_711 },
    );
  });
});

describe('what others write', () => {
  const envelope =
    '{"specversion":"1.0","id":"1","source":"/s","type":"t","datacontenttype":"application/json","n":5,"data":{"a": 1.0}}';

  it.each([
    ['structured mode with its content type', ['content-type', 'application/cloudevents+json']],
    ['structured JSON without a content type, as the reference writes it', ['Nats-Msg-Id', '1']],
    [
      'structured mode with a content type in another case',
      ['Content-Type', 'application/cloudevents+json; charset=utf-8'],
    ],
  ])('%s', (_, headers) => {
    const read = event(decode(headers, bytes(envelope)));
    expect({ ...read.attributes }).toMatchObject({ id: '1', source: '/s', type: 't', n: '5' });
    expect(Buffer.from(read.data!).toString()).toBe('{"a": 1.0}');
  });

  it('binary mode, with header names in any case', () => {
    const headers = [
      'Ce-Specversion',
      '1.0',
      'ce-id',
      '1',
      'CE-Source',
      '/s',
      'ce-type',
      't',
      'Content-Type',
      'text/plain',
    ];
    const read = event(decode([...headers, 'traceparent', '00-1', 'Nats-Msg-Id', 'x'], bytes('abc')));
    expect({ ...read.attributes }).toEqual({ id: '1', source: '/s', type: 't', datacontenttype: 'text/plain' });
    expect(
      (decode([...headers, 'traceparent', '00-1', 'Nats-Msg-Id', 'x'], bytes('abc')) as LogRecord).headers,
    ).toEqual(['traceparent', '00-1']);
  });

  it.each([
    ['text', [], 'hello'],
    ['JSON that is no event', [], '{"a":1}'],
    ['an event without a source', ['ce-specversion', '1.0', 'ce-id', '1', 'ce-type', 't'], ''],
    ['a batch', ['content-type', 'application/cloudevents-batch+json'], `[${envelope}]`],
  ])('%s is no event, and it is said why', (_, headers, payload) => {
    expect(decode(headers, bytes(payload))).toEqual(expect.stringMatching(/./));
  });

  it('a marker that is not ours does not break reading', () => {
    for (const value of ['{', '3', 'null']) {
      const headers = [
        'ce-specversion',
        '1.0',
        'ce-id',
        '1',
        'ce-source',
        '/s',
        'ce-type',
        't',
        'Millrace-Event',
        value,
      ];
      expect(event(decode(headers, bytes('x'))).attributes['id']).toBe('1');
    }
  });
});

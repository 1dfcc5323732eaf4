/** Events whose bytes are easily spoilt on the way, how they are sent, and what of one was spoilt when it came. */
import { request } from 'undici';
import type { Received } from '../support/sink.ts';

export interface Case {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Data in binary mode: the body, unless the event is sent as JSON. */
  readonly data?: Buffer;
  /** What the event has to have in binary mode besides the headers above. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Must stand in the JSON form letter by letter. */
  readonly inJson?: readonly string[];
}

/** Headers beside the event that travel with it (reference section 3.2); the second value holds what separators are made of. */
export const passed = {
  'knative-trace': 'a; b=c, "d"',
  'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124',
  'x-request-id': 'r-1',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
} as const;

/** Such that stay behind. */
const notPassed = { authorization: 'Bearer secret', cookie: 'a=b' } as const;

const oddJson =
  ' {"big" : 12345678901234567890,\t"one":1.0 ,"e":1e400,"twice":1,"twice":2,\r\n "slash":"\\/\\u00e9"}\n ';
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
/** "café" in ISO 8859-1, a byte that no UTF-8 text has, and a zero. */
const latin = Buffer.from([0x63, 0x61, 0x66, 0xe9, 0xff, 0x00, 0x0d, 0x0a]);

const binary = (
  id: string,
  contentType: string | undefined,
  body: Buffer,
  more: Record<string, string> = {},
): Case => ({
  id,
  headers: {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-source': '/bytes',
    'ce-type': 'bytes',
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...more,
  },
  body,
});

const structuredHeaders = { 'content-type': 'application/cloudevents+json; charset=utf-8' };

export const cases: readonly Case[] = [
  // White space around a JSON value has no place within another one: such data goes as base64, whole.
  {
    ...binary('odd-json', 'application/json', Buffer.from(oddJson)),
    inJson: [`"data_base64":"${Buffer.from(oddJson).toString('base64')}"`],
  },
  {
    ...binary('trimmed-json', 'application/json', Buffer.from(oddJson.trim())),
    inJson: [`"data":${oddJson.trim()}`],
  },
  binary('json-with-suffix', 'application/vnd.example+json; v="1"', Buffer.from('{"a":1.0}')),
  binary('not-utf-8', 'text/plain; charset=iso-8859-1', latin),
  binary('every-byte', 'application/octet-stream', everyByte),
  binary('xml', 'application/xml', Buffer.from('\ufeff<?xml version="1.0"?>\r\n<a b=\'1\'>&amp;</a>')),
  binary('empty-data', 'text/plain', Buffer.alloc(0)),
  binary('no-data', undefined, Buffer.alloc(0)),
  binary('no-type', undefined, latin),
  binary('odd-attributes', 'text/plain', Buffer.from('x'), {
    'ce-subject': 'caf%C3%A9%20%22%F0%9F%98%80%22%20100%25',
    'ce-partitionkey': 'k%20ey',
    'ce-time': '2026-01-31T09:30:00.123456789+05:45',
    'ce-dataschema': 'https://example.com/?a=b&c',
    'ce-ext1': '007',
  }),
  {
    id: 'structured',
    headers: structuredHeaders,
    body: Buffer.from(
      '{ "specversion":"1.0", "id":"structured", "source":"/bytes", "type":"bytes", "n":5, "yes":true,\n' +
        '  "data": {"big" : 12345678901234567890, "one":1.0, "twice":1,"twice":2} }',
    ),
    data: Buffer.from('{"big" : 12345678901234567890, "one":1.0, "twice":1,"twice":2}'),
    attributes: { 'ce-n': '5', 'ce-yes': 'true' },
    inJson: ['"data":{"big" : 12345678901234567890, "one":1.0, "twice":1,"twice":2}', '"n":5', '"yes":true'],
  },
  {
    id: 'structured-base64',
    headers: structuredHeaders,
    body: Buffer.from(
      '{"specversion":"1.0","id":"structured-base64","source":"/bytes","type":"bytes",' +
        `"datacontenttype":"application/octet-stream","data_base64":"${everyByte.toString('base64')}"}`,
    ),
    data: everyByte,
    inJson: [`"data_base64":"${everyByte.toString('base64')}"`],
  },
];

export async function send(url: string): Promise<void> {
  for (const { id, headers, body } of cases) {
    const answer = await request(url, { method: 'POST', headers: { ...headers, ...passed, ...notPassed }, body });
    const said = await answer.body.text();
    if (answer.statusCode !== 202) throw new Error(`${id} was answered with ${answer.statusCode}: ${said}`);
  }
}

/** What is not as it was sent, for an event that is delivered in binary mode; a line each. */
export function spoiltInBinary({ id, headers, body, data, attributes }: Case, came: Received): readonly string[] {
  const sentAsJson = headers['content-type']?.startsWith('application/cloudevents') === true;
  const wanted = { ...(sentAsJson ? {} : headers), ...attributes, ...passed };
  const spoilt = Object.entries(wanted).flatMap(([name, value]) =>
    came.headers[name] === value ? [] : [`${id}: ${name} is ${came.headers[name]}, sent ${value}`],
  );
  const stayed = Object.keys(notPassed).filter((name) => name in came.headers);
  const bytes = data ?? body;
  return [
    ...spoilt,
    ...stayed.map((name) => `${id}: ${name} came along`),
    ...(came.body.equals(bytes) ? [] : [`${id}: data is ${came.body.toString('hex')}, sent ${bytes.toString('hex')}`]),
    ...(sentAsJson || 'content-type' in headers || !('content-type' in came.headers)
      ? []
      : [`${id}: content-type is ${came.headers['content-type']}, none was sent`]),
  ];
}

/** The same for one that is delivered as JSON. */
export function spoiltInJson({ id, inJson = [] }: Case, { body }: Received): readonly string[] {
  const text = body.toString('utf8');
  return inJson.flatMap((part) => (text.includes(part) ? [] : [`${id}: ${part} is not in ${text}`]));
}

/** The id of an event in either form. */
export function idOf({ id, body }: Received): string {
  return id === '' ? (JSON.parse(body.toString('utf8')) as { readonly id: string }).id : id;
}

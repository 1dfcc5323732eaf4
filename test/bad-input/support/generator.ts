/**
 * Malformed HTTP requests, from a seed: each with the statuses that must come back, in order. An empty list: HTTP offers no
 * answer (the peer is gone), and the connection must just end.
 */
import type { SeededRandom } from '@millrace/testkit';

export interface BadRequest {
  readonly name: string;
  /** Written one after the other. */
  readonly parts: readonly (string | Uint8Array)[];
  /** What our side does after the last part: waits for the server to end, ends its own side, or is gone. */
  readonly ending: 'wait' | 'end' | 'reset';
  readonly statuses: readonly number[];
}

/** What the server that is attacked was told: requests are made to cross these lines. */
export const limits = { bodyBytes: 200_000, headerBytes: 65_536 };

const HOST = 'host: localhost\r\n';
const CLOSE = 'connection: close\r\n';
const CE = ['ce-specversion: 1.0', 'ce-id: bad', 'ce-source: /bad', 'ce-type: bad'];
const latin1 = (text: string) => Buffer.from(text, 'latin1');

type Make = (random: SeededRandom) => BadRequest;

function request(
  path: string,
  headers: readonly string[],
  body: string | Uint8Array = '',
  method = 'POST',
): Uint8Array {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const lines = [...headers, `content-length: ${bytes.byteLength}`].map((line) => `${line}\r\n`).join('');
  return Buffer.concat([latin1(`${method} ${path} HTTP/1.1\r\n${HOST}${CLOSE}${lines}\r\n`), bytes]);
}

function bad(
  name: string,
  statuses: number | readonly number[],
  ...parts: readonly (string | Uint8Array)[]
): BadRequest {
  return { name, parts, ending: 'wait', statuses: typeof statuses === 'number' ? [statuses] : statuses };
}

const text = (random: SeededRandom, length: number, from: string) =>
  Array.from({ length }, () => from[random.below(from.length)]).join('');
const WORD = 'abcdefghijklmnopqrstuvwxyz';
const noise = (random: SeededRandom, length: number) => Buffer.from(Array.from({ length }, () => random.below(256)));

const requestLine: Make = (random) => {
  const word = text(random, 1 + random.below(20), WORD);
  const line = random.pick([
    `${word} /default/b HTTP/1.1`,
    `POST /default/b`,
    `POST /default/b HTTP/${2 + random.below(8)}.${random.below(10)}`,
    `POST /default/b HTTX/1.1`,
    `POST  HTTP/1.1`,
    `POST /default/${word}\u0001 HTTP/1.1`,
    ` POST /default/b HTTP/1.1`,
    `\u0016\u0003\u0001${word}`,
    `PRI * HTTP/2.0`,
    `{"${word}":1}`,
  ]);
  return bad(`request line ${JSON.stringify(line)}`, 400, latin1(`${line}\r\n${HOST}\r\n`));
};

const headerLine: Make = (random) => {
  const word = text(random, 1 + random.below(10), WORD);
  const line = random.pick([
    `${word}`,
    `${word} : x`,
    `: ${word}`,
    `${word}(: x`,
    `${word}: a\u0000b`,
    `${word}: a\u0001b`,
    `ce-${word}é: x`,
    `content-length: ${word}`,
    `content-length: -${1 + random.below(9)}`,
    `content-length: 99999999999999999999999`,
    `content-length: 5\r\ncontent-length: 6`,
    `content-length: 5\r\ntransfer-encoding: chunked`,
    `transfer-encoding: chunked, ${word}`,
  ]);
  return bad(`header ${JSON.stringify(line)}`, 400, latin1(`POST /default/b HTTP/1.1\r\n${HOST}${line}\r\n\r\nhello`));
};

const chunking: Make = (random) => {
  const size = 1 + random.below(8);
  const chunks = random.pick([
    `${text(random, 2, 'ghijkxyz')}\r\nab\r\n0\r\n\r\n`,
    `${size.toString(16)}\r\n${'x'.repeat(size + 3)}\r\n0\r\n\r\n`,
    `-${size}\r\nab\r\n0\r\n\r\n`,
    `fffffffffffffffffff\r\nab\r\n`,
    `\r\nab\r\n0\r\n\r\n`,
    `${size} ${size}\r\nab\r\n`,
  ]);
  const head = `POST /default/b HTTP/1.1\r\n${HOST}${CE.join('\r\n')}\r\ntransfer-encoding: chunked\r\n\r\n`;
  return bad(`chunks ${JSON.stringify(chunks)}`, 400, head, chunks);
};

const hugeHeader: Make = (random) => {
  const over = limits.headerBytes + random.below(50_000);
  const lines = random.chance(0.5)
    ? `x-long: ${'y'.repeat(over)}\r\n`
    : Array.from({ length: Math.ceil(over / 20) }, (_, i) => `x-many-${i}: ${'z'.repeat(12)}\r\n`).join('');
  return bad(`header of ${lines.length} bytes`, 431, `POST /default/b HTTP/1.1\r\n${HOST}${lines}\r\n`);
};

const hugeBody: Make = (random) => {
  const bytes = limits.bodyBytes + 1 + random.below(1_000_000);
  const headers = CE.join('\r\n');
  const kind = random.below(3);
  if (kind === 0)
    return bad(
      `body of ${bytes} announced`,
      413,
      `POST /default/b HTTP/1.1\r\n${HOST}${headers}\r\ncontent-length: ${bytes}\r\n\r\n`,
    );
  if (kind === 1) {
    const head = `POST /default/b HTTP/1.1\r\n${HOST}${headers}\r\nexpect: 100-continue\r\ncontent-length: ${bytes}\r\n\r\n`;
    return bad(`body of ${bytes} announced, with Expect`, 413, head);
  }
  const head = `POST /default/b HTTP/1.1\r\n${HOST}${headers}\r\ntransfer-encoding: chunked\r\n\r\n`;
  return bad(
    `body of ${bytes} in chunks`,
    413,
    head,
    `${bytes.toString(16)}\r\n`,
    Buffer.alloc(bytes, 'x'),
    '\r\n0\r\n\r\n',
  );
};

const attributes: Make = (random) => {
  const word = text(random, 5, WORD);
  const missing = random.below(CE.length);
  const headers = random.pick([
    CE.filter((_, i) => i !== missing),
    [...CE.slice(1), `ce-specversion: ${random.pick(['0.1', '1.1', '2.0', '19.0', word])}`],
    [...CE, `ce-time: ${random.pick(['now', '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '1', word])}`],
    [...CE, `ce-${word}-${word}: x`],
    [...CE, `ce-${word}_: x`],
    [...CE, 'ce-data: x'],
    [...CE, 'ce-datacontenttype: text/plain'],
    [...CE, `ce-${word}: %${random.pick(['zz', 'f', 'ff', 'c3%28', 'ed%a0%80', '00', '0a'])}`],
    [...CE, `ce-${word}: "unclosed`],
    [...CE, `ce-id: ${word}`],
    [...CE, 'ce-dataschema: not a uri'],
    [...CE, `content-type: ${word}`],
    [...CE.slice(0, 2), 'ce-source: http://[', 'ce-type: t'],
  ]);
  return bad(`attributes ${headers.slice(-2).join(', ')}`, 400, request('/default/b', headers, '{}'));
};

const EVENT = '{"specversion":"1.0","id":"bad","source":"/bad","type":"bad","data":{"a":[1,2,{"b":"c"}]}}';
const JSON_TYPE = 'content-type: application/cloudevents+json';
const BATCH_TYPE = 'content-type: application/cloudevents-batch+json';

const structured: Make = (random) => {
  const cut = 1 + random.below(EVENT.length - 1);
  const depth = 10_001 + random.below(50_000);
  const bomb = random.pick([
    `${'['.repeat(depth)}${']'.repeat(depth)}`,
    '['.repeat(depth),
    `${'{"a":'.repeat(depth / 4)}1${'}'.repeat(depth / 4)}`.repeat(depth / 4 > 10_000 ? 1 : 0) || '['.repeat(depth),
  ]);
  const at = 1 + random.below(EVENT.length - 1);
  const invalidUtf8 = Buffer.concat([
    Buffer.from(EVENT.slice(0, at)),
    random.pick([[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80]].map((b) => Buffer.from(b))),
    Buffer.from(EVENT.slice(at)),
  ]);
  const body = random.pick<string | Uint8Array>([
    EVENT.slice(0, cut),
    `${EVENT}${random.pick(['}', ',', 'x', '{}'])}`,
    EVENT.replace('"data":', `"data":${bomb},"more":`).slice(0, 190_000),
    invalidUtf8,
    invalidUtf8,
    EVENT.replace('"1.0"', '1.0'),
    EVENT.replace('"bad"', random.pick(['null', '7', '{}', '[]', '""'])),
    EVENT.replace('"type"', '"Type"'),
    EVENT.replace('"data":', '"data_base64":"####","x":'),
    EVENT.replaceAll('"', "'"),
    random.pick(['', 'null', '[]', '"text"', '7', 'true', `[${EVENT}]`]),
    noise(random, 1 + random.below(200)),
  ]);
  const shown = typeof body === 'string' ? JSON.stringify(body.slice(0, 60)) : 'bytes';
  return bad(`structured ${shown}`, 400, request('/default/b', [JSON_TYPE], body));
};

const batch: Make = (random) => {
  const kind = random.below(4);
  if (kind === 0) {
    const events = Array.from({ length: 1_001 }, () => '{"specversion":"1.0","id":"b","source":"/","type":"t"}').join(
      ',',
    );
    return bad('batch of 1,001 events', 413, request('/default/b', [BATCH_TYPE], `[${events}]`));
  }
  const body = random.pick([
    EVENT,
    `[${EVENT},`,
    `[${EVENT} ${EVENT}]`,
    `[${EVENT},7]`,
    `[${EVENT},{}]`,
    '',
    '[',
    `[${EVENT}]]`,
  ]);
  return bad(`batch ${body.slice(-30)}`, 400, request('/default/b', [BATCH_TYPE], body));
};

const mode: Make = (random) => {
  const type = random.pick(['+avro', '+xml', '+protobuf', '', '-batch', '-batch+xml', '+json; charset=utf-16']);
  return bad(
    `content type application/cloudevents${type}`,
    415,
    request('/default/b', [`content-type: application/cloudevents${type}`], EVENT),
  );
};

const noEvent: Make = (random) => {
  const type = random.pick([
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ]);
  return bad(
    `no event, ${type}`,
    400,
    request('/default/b', [`content-type: ${type}`], noise(random, random.below(500))),
  );
};

const method: Make = (random) => {
  const name = random.pick(['GET', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'SEARCH', 'LINK']);
  return bad(`method ${name}`, 405, request('/default/b', CE, '', name));
};

const path: Make = (random) => {
  const word = text(random, 4, WORD);
  const [target, status] = random.pick([
    ['/', 404],
    [`/?${word}`, 404],
    [`/${word}`, 400],
    [`/${word}/${word}/${word}`, 400],
    ['//', 400],
    [`//${word}`, 400],
    [`/default/${word}`, 404],
    [`/default/%2e%2e`, 404],
    [`/default/b%00`, 404],
    [`/default/${'x'.repeat(2_000)}`, 404],
    ['/../../etc/passwd', 400],
    ['/default/..', 404],
    ['*', 400],
    [`http://localhost/${word}`, 400],
    ['http://evil.example/default/b', 421],
  ] as const);
  return bad(`path ${target.slice(0, 40)}`, status, request(target, CE, '{}'));
};

const stranger: Make = (random) => {
  const head = (host: string, more = '') =>
    `POST /default/b HTTP/1.1\r\n${host}${CLOSE}${more}${CE.join('\r\n')}\r\ncontent-length: 2\r\n\r\n{}`;
  return random.pick([
    bad('no Host', 421, head('')),
    bad('a foreign Host', 421, head(`host: ${text(random, 6, WORD)}.example\r\n`)),
    bad('a Host that is none', 421, head('host: a b@c:d:e\r\n')),
    bad('a foreign Origin', 403, head(HOST, `origin: http://${text(random, 6, WORD)}.example\r\n`)),
    bad('the Origin null', 403, head(HOST, 'origin: null\r\n')),
    bad('an expectation nobody meets', 417, head(HOST, `expect: ${text(random, 6, WORD)}\r\n`)),
  ]);
};

const disconnect: Make = (random) => {
  const whole = Buffer.from(request('/default/b', CE, '{"a":1}').subarray());
  const cut = 1 + random.below(whole.byteLength - 2);
  const part = whole.subarray(0, cut);
  // A peer that ends its side within a request can still be told; one that is gone cannot.
  if (random.chance(0.5))
    return { name: `ends its side after ${cut} bytes`, parts: [part], ending: 'end', statuses: [400] };
  return { name: `gone after ${cut} bytes`, parts: [part], ending: 'reset', statuses: [] };
};

const pipelined: Make = (random) => {
  const good = `POST /default/b HTTP/1.1\r\n${HOST}${CE.join('\r\n')}\r\ncontent-length: 2\r\n\r\n{}`;
  const goods = 1 + random.below(4);
  const garbage = random.pick([
    `${text(random, 10, WORD)}\r\n\r\n`,
    '\u0000\u0000\r\n\r\n',
    `GARBAGE ${noise(random, 5).toString('hex')}\r\n\r\n`,
  ]);
  return bad(
    `${goods} good ones, then garbage`,
    [...Array.from({ length: goods }, () => 202), 400],
    latin1(good.repeat(goods) + garbage),
  );
};

const MAKERS: readonly Make[] = [
  ...[requestLine, headerLine, chunking, attributes, structured, structured, batch, mode, noEvent],
  ...[hugeHeader, hugeBody, method, path, path, stranger, disconnect, pipelined, attributes],
];

/** As many as asked for, every kind in turn. */
export function badRequests(random: SeededRandom, count: number): BadRequest[] {
  return Array.from({ length: count }, (_, i) => {
    const make = MAKERS[i % MAKERS.length];
    if (make === undefined) throw new Error('no such kind');
    return make(random);
  });
}

/**
 * What Node and the port find in `headers` is what Node's own object has; the others are not put into an object. And a body that is
 * given to a taker comes whole and in order, and has ended for Node as well.
 */
import { once } from 'node:events';
import { createServer, IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { Incoming } from '../../src/http/server/incoming.ts';

const names = ['host', 'expect', 'origin', 'te', 'content-length', 'transfer-encoding'] as const;

/** What a server whose requests are of this class sees of one that came over a socket. */
async function seen(kind: typeof IncomingMessage, raw: string): Promise<IncomingMessage> {
  const server = createServer({ IncomingMessage: kind, requireHostHeader: false });
  const arrived = new Promise<IncomingMessage>((resolve) => {
    for (const event of ['request', 'checkContinue', 'checkExpectation'])
      server.on(event, (request: IncomingMessage, response: ServerResponse) => {
        response.end();
        resolve(request);
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {}).write(raw);
  const request = await arrived;
  socket.destroy();
  server.close();
  return request;
}

const requests: Record<string, string> = {
  'names as clients write them': 'Host: a.example\r\nContent-Length: 0\r\nORIGIN: http://o.example\r\nTE: trailers\r\n',
  'names in lower case, and an event':
    'host: a\r\ncontent-length: 2\r\nce-id: 1\r\nce-type: t\r\nx-host: no\r\nhosts: no\r\n',
  'a body in chunks': 'Host: a\r\nTransfer-Encoding: chunked\r\n',
  'an expectation that is met': 'Host: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n',
  'an expectation that is not': 'Host: a\r\nexpect: a-miracle\r\nContent-Length: 0\r\n',
  'names that occur twice': 'Host: first\r\nHost: second\r\nTE: trailers\r\nTE: deflate\r\nOrigin: null\r\n',
  'values that are empty': 'Host:\r\nOrigin:\r\nContent-Length: 0\r\n',
  'none of them': 'ce-id: 1\r\n',
};

test.each(Object.entries(requests))('%s', async (_, lines) => {
  const raw = `POST /default/default HTTP/1.1\r\n${lines}\r\nab`;
  const [ours, nodes] = [await seen(Incoming, raw), await seen(IncomingMessage, raw)];
  for (const name of names) expect([name, ours.headers[name]]).toEqual([name, nodes.headers[name]]);
  expect(ours.rawHeaders).toEqual(nodes.rawHeaders);
  expect(Object.keys(ours.headers).sort()).toEqual([...names].sort());
});

interface Told {
  readonly request: Incoming;
  readonly told: string[];
  readonly response: ServerResponse;
}

/** A server that gives every body to a taker which writes down what it is told. */
async function takes(raw: string): Promise<{ requests: Told[]; leave(): void; end(): void }> {
  const requests: Told[] = [];
  const server = createServer({ IncomingMessage: Incoming, requireHostHeader: false });
  server.on('request', (request, response) => {
    const told: string[] = [];
    request.giveTo({
      take: (part) => told.push(Buffer.from(part).toString()),
      complete: () => told.push('complete'),
      gone: () => told.push('gone'),
    });
    requests.push({ request, told, response });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {}).write(raw);
  return { requests, leave: () => void socket.resetAndDestroy(), end: () => void server.close() };
}

const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
const head = (length: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
const until = <T>(probe: () => T) => expect.poll(probe, { timeout: 10_000 });

test('I1: a body in parts is told in order, its end once, and nobody is gone when the answer was written before', async () => {
  const { requests, leave, end } = await takes(`${chunked}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n${head(0)}${head(2)}gh`);
  await until(() => requests.map(({ told }) => told)).toEqual([
    ['abc', 'def', 'complete'],
    ['complete'],
    ['gh', 'complete'],
  ]);
  for (const { request } of requests) expect(request).toMatchObject({ readableEnded: true, complete: true });
  for (const { response } of requests) response.end();
  await until(() => requests.every(({ response }) => response.closed)).toBe(true);
  leave();
  end();
  // Nothing was left to be read away (Node's own word for it), nothing was aborted.
  for (const { request, told } of requests) {
    expect(request).toMatchObject({ _dumped: false, aborted: false });
    expect(told.at(-1)).toBe('complete');
  }
});

test('I1: a peer that is gone within the body, and one that is gone before the answer', async () => {
  const { requests, leave, end } = await takes(`${head(2)}ok${head(9)}no`);
  await until(() => requests.map(({ told }) => told)).toEqual([['ok', 'complete'], ['no']]);
  leave();
  await until(() => requests.map(({ told }) => told)).toEqual([
    ['ok', 'complete', 'gone'],
    ['no', 'gone'],
  ]);
  expect(requests.map(({ request }) => request.aborted)).toEqual([false, true]);
  end();
});

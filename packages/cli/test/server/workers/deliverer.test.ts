/** Delivering across threads, over real HTTP: the port's promises hold as without threads. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CloudEvent, newAttributes } from '@millrace/api';
import { type Attempt, createDeliverer } from '@millrace/channel';
import { systemClock } from '@millrace/runtime';
import { waitFor } from '@millrace/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { Attempts } from '../../../src/server/workers/attempts.ts';
import { waysMax } from '../../../src/server/workers/limits.ts';
import { AttemptLane, RemoteDeliverer } from '../../../src/server/workers/remote-deliverer.ts';
import { noAnswersOfMain, noAnswersOfWorker, type Pair, pair } from './support/pair.ts';

const open: (() => void)[] = [];
afterEach(() => void open.splice(0).map((close) => close()));

/** Workers on message channels, each with a deliverer of its own. */
function workers(count: number) {
  const made = Array.from({ length: count }, () => {
    const ends: Pair = pair();
    const lane = new AttemptLane(ends.main);
    const deliverer = createDeliverer({ clock: systemClock, userAgent: 'test' });
    const attempts = new Attempts(ends.worker, deliverer);
    const began: string[] = [];
    ends.main.listen(
      { entry: (_, reader) => lane.read(reader), batchEnd: () => undefined, answers: noAnswersOfMain },
      () => lane.onFlush(),
    );
    ends.worker.listen({
      entry(kind, reader) {
        began.push(String(kind));
        attempts.read(kind, reader);
      },
      batchEnd: () => attempts.batchEnd(),
      answers: {
        ...noAnswersOfWorker,
        async closeDeliveries() {
          await deliverer.close();
          return undefined;
        },
      },
    });
    open.push(ends.close);
    return { lane, began, ends };
  });
  return { made, deliverer: new RemoteDeliverer(made.map(({ lane }) => lane)) };
}

interface Request {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly from: number;
}

async function subscriber(answer: (request: Request, response: ServerResponse) => void) {
  const requests: Request[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { url = '', headers, socket } = incoming;
      const one = { url, headers, body: Buffer.concat(chunks), from: socket.remotePort ?? 0 };
      requests.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function eventOf(id: string, data = Buffer.from('{"a":1}')): CloudEvent {
  const attributes = Object.assign(newAttributes(), {
    id,
    source: '/s',
    type: 't',
    datacontenttype: 'application/json',
  });
  return { specversion: '1.0', attributes, data };
}

function attemptAt(url: string, event: CloudEvent, more: Partial<Attempt> = {}): Attempt {
  return { target: { url }, event, headers: [], namespace: 'ns', wantsReply: true, timeoutMs: 5_000, ...more };
}

const never = new AbortController().signal;

describe('delivering across threads', () => {
  test('A5: bytes, attributes, headers and the reply leave and come back as they are', async () => {
    const data = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 256));
    const { requests, url } = await subscriber((_, response) => {
      const headers = {
        'ce-id': 'r',
        'ce-type': 'réponse',
        'ce-source': '/r',
        'ce-specversion': '1.0',
        traceparent: '00-b',
      };
      response.writeHead(200, { ...headers, 'ce-type': 'r%C3%A9ponse', 'content-type': 'application/octet-stream' });
      response.end(data);
    });
    const { deliverer } = workers(1);
    const headers = ['traceparent', '00-a'];
    const outcome = await deliverer.attempt(attemptAt(`${url}/p?q=1`, eventOf('ü 1', data), { headers }), never);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      url: '/p?q=1',
      headers: {
        'ce-id': '%C3%BC%201',
        'kn-namespace': 'ns',
        prefer: 'reply',
        traceparent: '00-a',
        'user-agent': 'test',
      },
    });
    expect(requests[0]?.body.equals(data)).toBe(true);
    expect(outcome).toMatchObject({
      kind: 'accepted',
      statusCode: 200,
      reply: { specversion: '1.0', attributes: { id: 'r', type: 'réponse' } },
      replyHeaders: ['traceparent', '00-b'],
    });
    const reply = outcome.kind === 'accepted' ? outcome.reply?.data : undefined;
    expect(Buffer.from(reply ?? []).equals(data)).toBe(true);
  });

  test('a refusal comes back with its body, Retry-After and extensions; no answer with its reason', async () => {
    const { url } = await subscriber((_, response) => {
      response.writeHead(503, { 'retry-after': '7', 'kne-shelf': 'a' }).end('later');
    });
    const { deliverer } = workers(1);
    const refused = await deliverer.attempt(attemptAt(url, eventOf('1')), never);
    expect(refused).toMatchObject({ kind: 'refused', statusCode: 503, retryAfter: '7', extensions: { shelf: 'a' } });
    expect(refused.kind === 'refused' && Buffer.from(refused.body).toString()).toBe('later');
    const bad = await deliverer.attempt(attemptAt('ftp://x/', eventOf('1')), never);
    expect(bad).toMatchObject({ kind: 'no-answer', why: 'bad-target' });
  });

  test('the subscribers of one event that go out in one turn get it while it crosses once', async () => {
    const { requests, url } = await subscriber((_, response) => void response.writeHead(204).end());
    const { deliverer, made } = workers(1);
    const event = eventOf('shared');
    const headers: string[] = [];
    await Promise.all([1, 2, 3].map((n) => deliverer.attempt(attemptAt(`${url}/${n}`, event, { headers }), never)));
    await deliverer.attempt(attemptAt(`${url}/4`, event, { headers }), never);
    expect(requests.map((one) => [one.url, one.headers['ce-id']]).sort()).toEqual(
      [1, 2, 3, 4].map((n) => [`/${n}`, 'shared']),
    );
    // Ways apart: attempt, same, same; and in the next batch an attempt again.
    expect(made[0]?.began.filter((kind) => kind !== '5')).toEqual(['6', '7', '7', '6']);
  });

  test('D1: a URL always goes to the same worker, and URLs are shared out', async () => {
    const { url } = await subscriber((_, response) => void response.writeHead(204).end());
    const { deliverer, made } = workers(2);
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 6; n += 1) await deliverer.attempt(attemptAt(`${url}/${n}`, eventOf(`${round}-${n}`)), never);
    }
    expect(made.map(({ lane }) => lane.urls)).toEqual([3, 3]);
    expect(made.map(({ began }) => began.filter((kind) => kind === '6').length)).toEqual([9, 9]);
  });

  test('D2: a signal ends what was handed over, also when it aborts in the same turn, and nothing else', async () => {
    const { requests, url } = await subscriber((request, response) => {
      if (request.url === '/free') response.writeHead(204).end();
    });
    const { deliverer } = workers(1);
    const first = new AbortController();
    const hanging = deliverer.attempt(attemptAt(`${url}/hang`, eventOf('1')), first.signal);
    await waitFor('it is there', () => requests.length === 1);
    const second = new AbortController();
    const early = deliverer.attempt(attemptAt(`${url}/hang`, eventOf('2')), second.signal);
    const free = deliverer.attempt(attemptAt(`${url}/free`, eventOf('3')), never);
    second.abort();
    expect(await early).toEqual({ kind: 'cancelled' });
    expect(await free).toMatchObject({ kind: 'accepted' });
    first.abort();
    expect(await hanging).toEqual({ kind: 'cancelled' });
    expect(await deliverer.attempt(attemptAt(`${url}/free`, eventOf('4')), first.signal)).toEqual({
      kind: 'cancelled',
    });
  });

  test('a changed policy counts from the next attempt on, and more ways than are remembered do no harm', async () => {
    const { requests, url } = await subscriber((_, response) => void response.writeHead(204).end());
    const { deliverer } = workers(1);
    const target = { url };
    const send = (namespace: string) =>
      deliverer.attempt(attemptAt(url, eventOf(namespace), { target, namespace }), never);
    const sending: Promise<unknown>[] = [];
    for (let n = 0; n < 5; n += 1) sending.push(send(`ns${n}`));
    await Promise.all(sending);
    expect(requests.map(({ headers }) => headers['kn-namespace']).sort()).toEqual(['ns0', 'ns1', 'ns2', 'ns3', 'ns4']);
    const aborted = new AbortController();
    for (let n = 0; n <= waysMax; n += 1) {
      sending.push(
        deliverer.attempt(attemptAt('http://127.0.0.1:9/', eventOf('x'), { namespace: `w${n}` }), aborted.signal),
      );
    }
    aborted.abort();
    await Promise.all(sending);
    await send('after');
    expect(requests.at(-1)?.headers['kn-namespace']).toBe('after');
  });

  test('close takes no more and ends when nothing is under way', async () => {
    const { url } = await subscriber((_, response) => void response.writeHead(204).end());
    const { deliverer } = workers(2);
    await deliverer.attempt(attemptAt(url, eventOf('1')), never);
    await deliverer.close();
    expect(await deliverer.attempt(attemptAt(url, eventOf('2')), never)).toEqual({ kind: 'cancelled' });
  });
});

import { type AddressInfo, createServer } from 'node:net';
import { type CloudEvent, makeEvent } from '@millrace/api';
import { type Clock, systemClock } from '@millrace/runtime';
import { SeededRandom, waitFor } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmitter, type EmitOutcome, type Emitter } from '../../src/emit/index.ts';
import { answering, type Sink, startSink } from '../support/sink.ts';

function event(data = '{"n": 1.0}', extra: Record<string, string> = {}): CloudEvent {
  const bytes = Buffer.from(data);
  const made = makeEvent({
    id: '1',
    source: '/s',
    type: 't',
    datacontenttype: 'application/json',
    ...extra,
    data: bytes,
  });
  if (made.kind !== 'event') throw new Error(made.message);
  return made.event;
}

/** Limit of an attempt: a value no wait between attempts has, so that the two can be told apart. */
const timeoutMs = 7_777;

/** The system's clock on which waits between attempts pass at once. Says which waits were asked for. */
function quickClock(): { clock: Clock; waits: number[] } {
  const waits: number[] = [];
  let skippedMs = 0;
  const clock: Clock = {
    now: () => systemClock.now() + skippedMs,
    monotonic: () => systemClock.monotonic() + skippedMs,
    setTimer(delayMs, callback, options) {
      if (delayMs === timeoutMs) return systemClock.setTimer(delayMs, callback, options);
      waits.push(delayMs);
      skippedMs += delayMs;
      return systemClock.setTimer(0, callback, options);
    },
  };
  return { clock, waits };
}

let sink: Sink;
let emitter: Emitter;
let waits: number[];

beforeEach(async () => {
  sink = await startSink();
  const quick = quickClock();
  waits = quick.waits;
  emitter = createEmitter({ clock: quick.clock, random: new SeededRandom(3), timeoutMs });
});

afterEach(async () => {
  await emitter.close(0);
  await sink.close();
});

const emit = (sent: CloudEvent = event(), deadlineMs?: number): Promise<EmitOutcome> =>
  emitter.emit({ sink: { url: sink.url }, namespace: 'ns-1', event: sent, ...(deadlineMs && { deadlineMs }) });

describe('an emission', () => {
  it('is one POST in binary mode with Kn-Namespace, the data untouched (reference 6.1)', async () => {
    const data = '{"big":12345678901234567890,  "a":1.0,"a":2}';
    const outcome = await emit(event(data, { subject: 'Zürich 100%' }));
    expect(outcome).toEqual({ kind: 'sent', statusCode: 202, attempts: 1 });
    expect(sink.received).toHaveLength(1);
    const [{ headers, body }] = sink.received as [Sink['received'][0]];
    expect(body.toString()).toBe(data);
    expect(headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/s',
      'ce-type': 't',
      'ce-subject': 'Z%C3%BCrich%20100%25',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(data)),
      'kn-namespace': 'ns-1',
    });
  });

  it.each([404, 408, 409, 429, 500, 502, 503, 504])(
    'is tried again five times after %i, exponentially from 50 ms with up to 10 %% jitter',
    async (statusCode) => {
      sink.handle(answering(statusCode, {}, 'no\nluck'));
      const outcome = await emit();
      expect(outcome).toEqual({
        kind: 'refused',
        statusCode,
        attempts: 6,
        reason: `the sink answered ${statusCode}: no luck`,
      });
      expect(sink.received).toHaveLength(6);
      expect(waits).toHaveLength(5);
      for (const [index, waitMs] of waits.entries()) {
        expect(waitMs).toBeGreaterThanOrEqual(50 * 2 ** index);
        expect(waitMs).toBeLessThanOrEqual(55 * 2 ** index);
      }
    },
  );

  it.each([400, 401, 403, 405, 410, 413, 415, 422, 301, 307])('is not tried again after %i', async (statusCode) => {
    sink.handle(answering(statusCode));
    expect(await emit()).toMatchObject({ kind: 'refused', statusCode, attempts: 1 });
    expect(sink.received).toHaveLength(1);
  });

  it('is sent as soon as the sink takes it, with the same bytes each time', async () => {
    sink.handle((_request, response, count) => void response.writeHead(count < 4 ? 503 : 200).end());
    expect(await emit()).toEqual({ kind: 'sent', statusCode: 200, attempts: 4 });
    expect(new Set(sink.received.map(({ body }) => body.toString()))).toEqual(new Set(['{"n": 1.0}']));
  });

  it.each([429, 503])('honours Retry-After of a %i, up to 30 s', async (statusCode) => {
    const after = ['2', '3600'];
    sink.handle((_request, response, count) => {
      const header = after[count - 1];
      if (header === undefined) response.writeHead(202).end();
      else response.writeHead(statusCode, { 'retry-after': header }).end();
    });
    expect(await emit()).toMatchObject({ kind: 'sent', attempts: 3 });
    expect(waits).toEqual([2_000, 30_000]);
  });

  it('gives up at once when the next wait would pass its deadline, and says what the sink said', async () => {
    sink.handle(answering(503, { 'retry-after': '20' }));
    const outcome = await emit(event(), 9_000);
    expect(outcome).toMatchObject({ kind: 'refused', statusCode: 503, attempts: 1, retryAfter: '20' });
  });
});

describe('a sink that misbehaves', () => {
  it('resets the connection: tried again', async () => {
    sink.handle((request, response, count) => {
      if (count < 3) request.socket.destroy();
      else response.writeHead(202).end();
    });
    expect(await emit()).toMatchObject({ kind: 'sent', attempts: 3 });
  });

  it('does not listen: no answer after six attempts, with the reason', async () => {
    await sink.close();
    const outcome = await emit();
    expect(outcome).toMatchObject({ kind: 'no-answer', attempts: 6, reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('speaks no HTTP: no answer', async () => {
    const server = createServer((socket) => void socket.end('SSH-2.0-nothing\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const outcome = await emitter.emit({ sink: { url }, namespace: 'n', event: event() });
    expect(outcome).toMatchObject({ kind: 'no-answer', attempts: 6 });
    server.close();
  });

  it('accepts and never answers: each attempt ends by its own time', async () => {
    const black = createEmitter({ clock: systemClock, random: new SeededRandom(1), timeoutMs: 30 });
    sink.handle(() => {});
    const outcome = await black.emit({ sink: { url: sink.url }, namespace: 'n', event: event(), deadlineMs: 400 });
    expect(outcome).toMatchObject({ kind: 'no-answer', reason: expect.stringMatching(/^no answer in \d+ ms$/) });
    expect(sink.received.length).toBeGreaterThan(1);
    await black.close(0);
  });

  it('answers 202 with a body that never ends: the event is sent all the same', async () => {
    sink.handle((_request, response) => {
      response.writeHead(202);
      response.write('x');
    });
    expect(await emit()).toEqual({ kind: 'sent', statusCode: 202, attempts: 1 });
  });

  it('answers 500 with megabytes of text: the reason stays short', async () => {
    sink.handle(answering(400, {}, 'y'.repeat(2_000_000)));
    const outcome = await emit();
    expect(outcome.kind).toBe('refused');
    expect(JSON.stringify(outcome).length).toBeLessThan(400);
  });

  it.each(['', 'localhost:80', 'ftp://host/', 'http://', '/relative'])(
    'has no usable address %j: nothing is tried',
    async (url) => {
      const outcome = await emitter.emit({ sink: { url }, namespace: 'n', event: event() });
      expect(outcome).toMatchObject({ kind: 'no-sink', attempts: 0 });
    },
  );
});

describe('limits', () => {
  it('what is under way is bounded in events: one more is refused at once', async () => {
    const small = createEmitter({ clock: systemClock, random: new SeededRandom(1), eventsMax: 2 });
    sink.handle(() => {});
    const emission = { sink: { url: sink.url }, namespace: 'n', event: event() };
    const held = [small.emit(emission), small.emit(emission)];
    expect(await small.emit(emission)).toMatchObject({ kind: 'overflow', attempts: 0 });
    expect(small.pending).toBe(2);
    await small.close(0);
    expect((await Promise.all(held)).map(({ kind }) => kind)).toEqual(['stopped', 'stopped']);
  });

  it('what is under way is bounded in bytes; a single larger event still goes', async () => {
    const small = createEmitter({ clock: systemClock, random: new SeededRandom(1), bytesMax: 1_000 });
    const large = { sink: { url: sink.url }, namespace: 'n', event: event('x'.repeat(2_000)) };
    const first = small.emit(large);
    expect(await small.emit(large)).toMatchObject({ kind: 'overflow' });
    expect(await first).toMatchObject({ kind: 'sent' });
    expect(await small.emit(large)).toMatchObject({ kind: 'sent' });
    await small.close(0);
  });
});

describe('close', () => {
  it('waits for what is under way, then takes nothing more', async () => {
    let answer = () => {};
    sink.handle((_request, response) => {
      answer = () => void response.writeHead(202).end();
    });
    const outcome = emit();
    await waitFor('the request', () => sink.received.length === 1);
    const closing = emitter.close(timeoutMs);
    answer();
    expect(await closing).toBe(0);
    expect(await outcome).toMatchObject({ kind: 'sent' });
    expect(await emit()).toMatchObject({ kind: 'stopped', attempts: 0 });
  });

  it('gives up after its limit and reports how many could not be sent', async () => {
    sink.handle(() => {});
    const outcomes = [emit(), emit(), emit()];
    await waitFor('the requests', () => sink.received.length === 3);
    expect(await emitter.close(1)).toBe(3);
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ kind: 'stopped', attempts: 1 });
    expect(emitter.pending).toBe(0);
  });

  it('leaves no connection open', async () => {
    await Promise.all([emit(), emit(), emit()]);
    expect(await sink.connections()).toBeGreaterThan(0);
    await emitter.close(0);
    await waitFor('all connections to end', async () => (await sink.connections()) === 0);
  });
});

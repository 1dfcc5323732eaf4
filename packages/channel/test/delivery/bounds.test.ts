/** What is bounded: connections, waiting, origins, timers. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createDeliverer } from '@millrace/channel';
import { createHttpClient, systemClock } from '@millrace/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { certificate, otherCertificate, privateKey } from './support/certificates.ts';
import { attemptTo, deliverer, httpSubscriber, type Seen, send } from './support/servers.ts';

/** A condition that holds in the end; the limit is for a machine that is busy with other things. */
const until = <T>(probe: () => T | Promise<T>) => expect.poll(probe, { timeout: 10_000 });

const connectionsOf = (seen: readonly Seen[]) => new Set(seen.map(({ connection }) => connection)).size;

test('10,000 attempts at once where 64 may be under way, each attempt answered, each event once', async () => {
  let most = 0;
  const subscriber = await httpSubscriber((_, response) => {
    most = Math.max(most, subscriber.sockets.size);
    response.writeHead(202).end();
  });
  const to = deliverer({ callsPerUrl: 64 });
  const outcomes = await Promise.all(
    Array.from({ length: 10_000 }, () => send(to, subscriber.url, { timeoutMs: 60_000 })),
  );
  expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
  expect(subscriber.seen).toHaveLength(10_000);
  // A connection is free one turn after its answer, when another may have taken its place.
  expect(most).toBeLessThanOrEqual(128);
});

test('10,000 attempts at a black hole end at their timeout, also those that never got a connection', async () => {
  const subscriber = await httpSubscriber(() => {});
  const client = createHttpClient({ clock: systemClock, limits: { callsPerUrl: 64 } });
  const to = createDeliverer({ clock: systemClock, client });
  onTestFinished(() => to.close());
  const startMs = performance.now();
  const signal = new AbortController().signal;
  const attempts = Array.from({ length: 10_000 }, () =>
    to.attempt(attemptTo(subscriber.url, { timeoutMs: 1_000 }), signal),
  );
  expect(client.stats()).toEqual({ origins: 1, timers: 1 });
  const outcomes = await Promise.all(attempts);
  expect(outcomes.every((outcome) => outcome.kind === 'no-answer' && outcome.why === 'timeout')).toBe(true);
  expect(performance.now() - startMs).toBeLessThan(5_000);
  // Those who waited get their turn when the first ones give up, just before their own time is over.
  expect(subscriber.seen.length).toBeLessThanOrEqual(128);
});

test('1,000 attempts at two URLs of one origin share its connections, in the order of asking', async () => {
  const subscriber = await httpSubscriber((_, response) => void response.writeHead(202).end());
  const to = deliverer({ callsPerUrl: 50, connectionsPerOrigin: 20 });
  const attempts = Array.from({ length: 1_000 }, (_, n) =>
    send(to, `${subscriber.url}${n % 2}`, { timeoutMs: 60_000 }),
  );
  const outcomes = await Promise.all(attempts);
  expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
  expect(subscriber.seen).toHaveLength(1_000);
  expect(connectionsOf(subscriber.seen)).toBe(20);
});

test('1,000 attempts at a subscriber that answers at once are not all under way together', async () => {
  const subscriber = await httpSubscriber((_, response) => void response.writeHead(202).end());
  const to = deliverer({ recentCalls: 16 });
  const outcomes = await Promise.all(Array.from({ length: 1_000 }, () => send(to, subscriber.url)));
  expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
  // Some, on a machine that is busy, are answered late.
  expect(connectionsOf(subscriber.seen)).toBeLessThan(300);
});

test('who asks for room gets a turn in the order of asking, once, when a connection is free', async () => {
  const answers: (() => void)[] = [];
  const subscriber = await httpSubscriber((_, response) => void answers.push(() => response.writeHead(202).end()));
  const to = deliverer({ connectionsPerOrigin: 2 });
  const target = { url: subscriber.url };
  const turns: string[] = [];
  const asks = (name: string) => to.hasRoom?.(target, { onTurn: () => void turns.push(name) });
  expect(asks('nobody is there yet')).toBe(true);
  const attempts = [send(to, subscriber.url), send(to, subscriber.url)];
  await until(() => answers.length).toBe(2);
  expect([asks('first'), asks('second')]).toEqual([false, false]);
  expect(to.hasRoom?.(target, undefined)).toBe(false);
  const third = send(to, subscriber.url);
  asks('third');
  // Another origin is not concerned.
  expect(to.hasRoom?.({ url: 'http://127.0.0.1:9/' }, undefined)).toBe(true);
  expect(turns).toEqual([]);
  answers.shift()?.();
  // The first two make no use of it, so that the attempt goes out, and takes what the last one waits for.
  await until(() => answers.length).toBe(2);
  expect(turns).toEqual(['first', 'second']);
  answers.shift()?.();
  await until(() => turns).toEqual(['first', 'second', 'third']);
  expect(asks('there is room')).toBe(true);
  answers.shift()?.();
  const outcomes = await Promise.all([...attempts, third]);
  expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
  expect(turns).toHaveLength(3);
});

test('who asks for room among recent calls is told when they are recent no more, though none was answered', async () => {
  const subscriber = await httpSubscriber(() => {});
  const to = deliverer({ recentCalls: 4 });
  const attempts = Array.from({ length: 4 }, () => send(to, subscriber.url, { timeoutMs: 500 }));
  let told = 0;
  expect(to.hasRoom?.({ url: subscriber.url }, { onTurn: () => void told++ })).toBe(false);
  await until(() => told).toBe(1);
  expect(to.hasRoom?.({ url: subscriber.url }, undefined)).toBe(true);
  await Promise.all(attempts);
});

test('a subscriber that takes its time gets as many at once as there are for it', async () => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const subscriber = await httpSubscriber(async (_, response) => {
    await answered;
    response.writeHead(202).end();
  });
  const to = deliverer({ recentCalls: 16 });
  const attempts = Array.from({ length: 500 }, () => send(to, subscriber.url, { timeoutMs: 60_000 }));
  await until(() => subscriber.seen.length).toBe(500);
  answer();
  expect((await Promise.all(attempts)).every(({ kind }) => kind === 'accepted')).toBe(true);
});

test('attempts one after the other use one connection: the one used last', async () => {
  const subscriber = await httpSubscriber((_, response) => void response.writeHead(202).end());
  const to = deliverer();
  await Promise.all(Array.from({ length: 10 }, () => send(to, subscriber.url)));
  expect(connectionsOf(subscriber.seen)).toBe(10);
  for (let n = 0; n < 100; n++) await send(to, subscriber.url);
  expect(connectionsOf(subscriber.seen)).toBe(10);
  expect(connectionsOf(subscriber.seen.slice(10))).toBe(1);
});

test('attempts that are cancelled or time out while they wait for a connection leave their place to others', async () => {
  const subscriber = await httpSubscriber((request, response) => {
    if (request.url === '/healthy') response.writeHead(202).end();
  });
  const to = deliverer({ callsPerUrl: 4, connectionsPerOrigin: 2 });
  const abort = new AbortController();
  const hanging = Array.from({ length: 2 }, () => send(to, `${subscriber.url}hangs`, { timeoutMs: 500 }));
  await until(() => subscriber.seen.length).toBe(2);
  const healthy = `${subscriber.url}healthy`;
  const cancelled = Array.from({ length: 6 }, () => to.attempt(attemptTo(healthy), abort.signal));
  const timedOut = Array.from({ length: 6 }, () => send(to, healthy, { timeoutMs: 100 }));
  const patient = Array.from({ length: 6 }, () => send(to, healthy, { timeoutMs: 60_000 }));
  abort.abort();
  for (const outcome of await Promise.all(cancelled)) expect(outcome.kind).toBe('cancelled');
  for (const outcome of await Promise.all(timedOut))
    expect(outcome).toMatchObject({ why: 'timeout', error: expect.stringContaining('no connection was free') });
  for (const outcome of await Promise.all(patient)) expect(outcome.kind).toBe('accepted');
  for (const outcome of await Promise.all(hanging)) expect(outcome).toMatchObject({ why: 'timeout' });
});

test('design 4.2: a subscriber that hangs does not delay another one at the same origin', async () => {
  const subscriber = await httpSubscriber((request, response) => {
    if (request.url === '/healthy') response.writeHead(202).end();
  });
  const to = deliverer({ callsPerUrl: 64 });
  const hanging = Array.from({ length: 200 }, () => send(to, `${subscriber.url}hangs`, { timeoutMs: 1_500 }));
  await until(() => subscriber.seen.length).toBe(64);
  const startMs = performance.now();
  expect(await send(to, `${subscriber.url}healthy`)).toMatchObject({ kind: 'accepted' });
  expect(performance.now() - startMs).toBeLessThan(1_000);
  await Promise.all(hanging);
});

test('connections that are not used are closed; the limit closes the least recently used one first', async () => {
  const subscribers = await Promise.all(
    Array.from({ length: 4 }, () => httpSubscriber((_, response) => response.writeHead(202).end())),
  );
  const client = createHttpClient({ clock: systemClock, limits: { origins: 2, idleMs: 200 } });
  const to = createDeliverer({ clock: systemClock, client });
  onTestFinished(() => to.close());
  for (const { url } of subscribers) await send(to, url);
  expect(client.stats().origins).toBe(2);
  await until(() => subscribers.map(({ sockets }) => sockets.size)).toEqual([0, 0, 1, 1]);
  await until(() => client.stats().origins).toBe(0);
  await until(() => subscribers.map(({ sockets }) => sockets.size)).toEqual([0, 0, 0, 0]);
});

test('a pool is replaced when it is old, so that names are resolved again', async () => {
  const subscriber = await httpSubscriber((_, response) => response.writeHead(202).end());
  const to = deliverer({ connectionsAgeMs: 50 });
  await send(to, subscriber.url);
  const [before] = subscriber.sockets;
  await until(async () => {
    await send(to, subscriber.url);
    return before !== undefined && subscriber.sockets.has(before);
  }).toBe(false);
});

test('close lets an attempt under way end, and takes no new one', async () => {
  const subscriber = await httpSubscriber((_, response) => setTimeout(() => response.writeHead(202).end(), 100));
  const to = deliverer();
  const underWay = send(to, subscriber.url);
  await until(() => subscriber.seen.length).toBe(1);
  const closing = to.close();
  expect(await send(to, subscriber.url)).toEqual({ kind: 'cancelled' });
  expect(await underWay).toMatchObject({ kind: 'accepted' });
  await closing;
  await until(() => subscriber.sockets.size).toBe(0);
});

test('TLS: a target is trusted by its own CACerts, and only by those', async () => {
  const server = createServer({ key: privateKey, cert: certificate }, (request, response) => {
    request.resume();
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const to = deliverer();
  expect(await send(to, url, { target: { url, caCerts: certificate } })).toMatchObject({ kind: 'accepted' });
  expect(await send(to, url)).toMatchObject({ kind: 'no-answer', why: 'unreachable' });
  expect(await send(to, url, { target: { url, caCerts: otherCertificate } })).toMatchObject({ why: 'unreachable' });
  expect(await send(to, url, { target: { url, caCerts: 'nonsense' } })).toMatchObject({ kind: 'no-answer' });
  server.closeAllConnections();
});

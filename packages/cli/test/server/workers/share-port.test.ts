/** One port for all workers: nobody else's, the same for all, and what happens where it cannot be shared. */
import { createServer } from 'node:net';
import { createHttpServer, type ListenOutcome, systemClock } from '@millrace/runtime';
import { afterEach, describe, expect, test } from 'vitest';
import { anyPortTries } from '../../../src/server/workers/limits.ts';
import { sharePort } from '../../../src/server/workers/share-port.ts';

const host = '127.0.0.1';
const open: { close(): unknown }[] = [];
afterEach(() => void open.splice(0).map((one) => one.close()));

/** A server port that shares: as a worker has it, and as another process could have it. */
function sharing() {
  const handler = { begin: () => undefined, handle: () => ({ statusCode: 204 }) };
  const server = createHttpServer({ clock: systemClock, handler });
  open.push({ close: () => server.close(0) });
  return (at: string, port: number) => server.listen(at, port, true);
}

const never = () => Promise.reject(new Error('the main thread was asked'));
const portOf = (outcome: ListenOutcome) => (outcome.kind === 'listening' ? outcome.port : 0);

describe('a shared port', () => {
  test('S2: all listen on the one that the system chose', async () => {
    const ports: number[] = [];
    const workers = [sharing(), sharing(), sharing()].map((listen) => async (at: string, port: number) => {
      ports.push(port);
      return listen(at, port);
    });
    const outcome = await sharePort(host, 0, { workers, alone: never });
    expect(outcome.kind).toBe('listening');
    expect(ports).toEqual([portOf(outcome), portOf(outcome), portOf(outcome)]);
  });

  test('S1: a port that somebody else shares is taken, and so is one that somebody has alone', async () => {
    const other = await sharePort(host, 0, { workers: [sharing()], alone: never });
    // The canary: without asking first the stranger's connections would be shared.
    expect((await sharing()(host, portOf(other))).kind).toBe('listening');
    const mine = await sharePort(host, portOf(other), { workers: [sharing()], alone: never });
    expect(mine).toMatchObject({ kind: 'taken', port: portOf(other) });

    const single = createServer();
    await new Promise<void>((resolve) => single.listen(0, host, resolve));
    open.push(single);
    const { port } = single.address() as { port: number };
    expect(await sharePort(host, port, { workers: [sharing()], alone: never })).toMatchObject({ kind: 'taken', port });
  });

  test('S2: one that is taken between asking and listening is chosen anew, not for ever, and not when it was named', async () => {
    const taken = async (_: string, port: number): Promise<ListenOutcome> => ({ kind: 'taken', port, reason: 'r' });
    let tries = 0;
    const third = async (at: string, port: number) => (++tries < 3 ? taken(at, port) : sharing()(at, port));
    expect((await sharePort(host, 0, { workers: [third], alone: never })).kind).toBe('listening');
    let asked = 0;
    const counted = (at: string, port: number) => {
      asked += 1;
      return taken(at, port);
    };
    expect((await sharePort(host, 0, { workers: [counted], alone: never })).kind).toBe('taken');
    expect(asked).toBe(anyPortTries);
    const named = portOf(await sharePort(host, 0, { workers: [], alone: never }));
    expect((await sharePort(host, named, { workers: [counted], alone: never })).kind).toBe('taken');
    expect(asked).toBe(anyPortTries + 1);
  });

  test('S3: where it cannot be shared the main thread listens', async () => {
    const refused: ListenOutcome = { kind: 'refused', code: 'ENOTSUP', reason: 'r' };
    const alone = async (at: string, port: number): Promise<ListenOutcome> => ({ kind: 'listening', host: at, port });
    const outcome = await sharePort(host, 0, { workers: [async () => refused], alone });
    expect(outcome.kind).toBe('listening');
  });
});

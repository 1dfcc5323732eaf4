/** The end of `millrace dev`: in order, without loss, at once when asked twice. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { broker, documents, Manifests, trigger, uri } from '../support/manifests.ts';
import { millrace, type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { until, untilSays } from './support/waiting.ts';

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
const sink = new Sink();
const servers: Server[] = [];
let round = 0;

const start = async (...args: string[]) => {
  const server = await startServer(['-f', manifests.folder, ...args], join(folder.path, `data-${round}`));
  servers.push(server);
  return server;
};
const send = async (server: Server, id: string) => {
  const response = await fetch(`${server.dataUrl}/default/default`, {
    method: 'POST',
    headers: { 'ce-id': id, 'ce-type': 'a', 'ce-source': '/s', 'ce-specversion': '1.0' },
  });
  expect(response.status).toBe(202);
};
const arrived = (id: string) => until(`${id} came`, () => sink.count('/', id) > 0);

beforeAll(async () => {
  const sinkUrl = await sink.start();
  manifests.write('m.yaml', documents(broker(), trigger('t', { subscriber: uri(`${sinkUrl}/`) })));
});

beforeEach(() => {
  round++;
  sink.answer = (_received, response) => void response.writeHead(204).end();
});

afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL');
  await Promise.all(servers.map(({ exited }) => exited));
  await sink.stop();
  folder.remove();
});

describe('a graceful end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: what is in flight is finished, then it exits with 0',
    async (signal) => {
      let answer: (() => void) | undefined;
      sink.answer = (_received, response) => {
        answer = () => void response.writeHead(204).end();
      };
      const server = await start();
      await send(server, `slow-${round}`);
      await arrived(`slow-${round}`);
      server.kill(signal);
      // It says so before the drain ends.
      await untilSays(server, /^millrace: stopping in-flight=1$/m);
      answer?.();
      expect(await server.exited).toEqual({ code: 0, signal: null });
      expect(server.stderr()).toMatch(/^millrace: stopped events=1 handed-back=0 after=/m);

      const again = await start();
      await send(again, `next-${round}`);
      answer = undefined;
      sink.answer = (_received, response) => void response.writeHead(204).end();
      await arrived(`next-${round}`);
      expect(sink.count('/', `slow-${round}`)).toBe(1);
      again.kill('SIGKILL');
    },
  );

  test('what does not finish within --drain is handed back, exit code 0, and comes again at the next start', async () => {
    sink.answer = () => undefined;
    const server = await start('--drain', '300ms');
    await send(server, 'hanging');
    await arrived('hanging');
    const startMs = performance.now();
    server.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(server.stderr()).toMatch(/^millrace: stopped events=1 handed-back=1 after=/m);

    sink.answer = (_received, response) => void response.writeHead(204).end();
    const again = await start();
    await until('it comes again', () => sink.count('/', 'hanging') === 2);
    again.kill('SIGKILL');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second %s ends at once, with %d', async (signal, code) => {
    sink.answer = () => undefined;
    const server = await start();
    await send(server, `hanging-${round}`);
    await arrived(`hanging-${round}`);
    server.kill(signal);
    await untilSays(server, /^millrace: stopping/m);
    const startMs = performance.now();
    server.kill(signal);
    expect(await server.exited).toEqual({ code, signal: null });
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});

describe('millrace stop', () => {
  test('ends the server of a data directory and waits for it; without one: exit code 3', async () => {
    const server = await start();
    const stopped = await server.run(['stop']);
    expect(stopped).toMatchObject({ code: 0, stdout: '', stderr: `millrace: stopped process ${server.pid}\n` });
    // It is gone when the command returns.
    expect(await Promise.race([server.exited, Promise.resolve('still there')])).toEqual({ code: 0, signal: null });
    const again = await server.run(['stop']);
    expect(again).toMatchObject({ code: 3, stdout: '' });
    expect(again.stderr).toContain('no millrace runs on');
  });

  test('a server that does not end in time: exit code 5', async () => {
    sink.answer = () => undefined;
    const server = await start();
    await send(server, `stuck-${round}`);
    await arrived(`stuck-${round}`);
    const stopped = await server.run(['stop', '--timeout', '200ms']);
    expect(stopped.code).toBe(5);
    expect(stopped.stderr).toContain(`process ${server.pid} is still ending`);
    server.kill('SIGKILL');
  });

  test('after kill -9 the pid file names nobody: exit code 3, and a start needs no flag', async () => {
    const server = await start();
    server.kill('SIGKILL');
    await server.exited;
    expect((await server.run(['stop'])).code).toBe(3);
    expect(await millrace(['url', '--data-dir', server.dataDir])).toMatchObject({ code: 3 });
    const again = await start();
    again.kill('SIGKILL');
  });
});

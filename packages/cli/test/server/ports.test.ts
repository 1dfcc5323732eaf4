import { createServer } from 'node:net';
import type { ListenOutcome } from '@millrace/runtime';
import { describe, expect, test } from 'vitest';
import { bindPort } from '../../src/server/ports.ts';

const taken =
  (...ports: number[]) =>
  async (_host: string, port: number): Promise<ListenOutcome> =>
    ports.includes(port)
      ? { kind: 'taken', port, reason: `port ${port} is held by node (pid 4100)`, holder: { pid: 4100, name: 'node' } }
      : { kind: 'listening', host: '127.0.0.1', port };

describe('ports', () => {
  test('a default port that is taken moves on and says so', async () => {
    const bound = await bindPort(taken(8080, 8081), '127.0.0.1', { port: 8080, explicit: false, flag: '--port' });
    expect(bound).toEqual({
      port: 8082,
      warning: 'port 8080 is held by node (pid 4100); using 8082. --port 8080 would fail instead',
    });
  });

  test('an explicit port that is taken fails naming the holder', async () => {
    const binding = bindPort(taken(8080), '127.0.0.1', { port: 8080, explicit: true, flag: '--port' });
    await expect(binding).rejects.toMatchObject({ exitCode: 1, message: 'port 8080 is held by node (pid 4100)' });
  });

  test('moving on has an end', async () => {
    const all = Array.from({ length: 21 }, (_, index) => 8080 + index);
    await expect(bindPort(taken(...all), '127.0.0.1', { port: 8080, explicit: false, flag: '--port' })).rejects.toThrow(
      /no free port from 8080 to 8100/,
    );
  });

  test('canary: a port that a real server holds is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const error = await new Promise<NodeJS.ErrnoException>((resolve) =>
      createServer().once('error', resolve).listen(port, '127.0.0.1'),
    );
    expect(error.code).toBe('EADDRINUSE');
    server.close();
  });
});

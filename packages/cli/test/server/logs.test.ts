/** Logs of one process: each where its backing says. */
import type { LogBacking } from '@millrace/api';
import { type LogStore, MemoryLogStore } from '@millrace/channel';
import { silentLogger, systemClock, systemRandom } from '@millrace/runtime';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/exit.ts';
import { LogAdmins, Logs } from '../../src/server/logs.ts';
import { checkReachable } from '../../src/server/reach.ts';

const ports = { clock: systemClock, random: systemRandom, logger: silentLogger };
const plenty = { ageMs: 1e9, bytes: 1e9 };
const memory: LogBacking = { kind: 'memory' };

/** A store that stands for the data directory. */
function dataDirectory(): LogStore {
  const store = new MemoryLogStore();
  return {
    kind: 'local',
    open: (name, retention) => store.open(name, retention),
    list: () => store.list(),
    remove: (name) => store.remove(name),
    close: () => store.close(),
  };
}

describe('a log lives', () => {
  test('in the data directory without a backing, in memory with that one, and both can be listed and removed', async () => {
    const home = dataDirectory();
    const logs = new Logs(home, { kind: 'local' }, ports);
    await logs.open('broker', plenty);
    await logs.open('channel', plenty, memory);
    expect(await home.list()).toEqual(['broker']);
    expect(await logs.list()).toEqual(['broker', 'channel']);
    expect([...(await logs.listMemory())]).toEqual(['channel']);
    await logs.remove('channel');
    await logs.remove('broker');
    expect(await logs.list()).toEqual([]);
  });

  test('somewhere else when its backing changes', async () => {
    const home = dataDirectory();
    const logs = new Logs(home, { kind: 'local' }, ports);
    const before = await logs.open('log', plenty);
    expect(await logs.open('log', plenty)).toBe(before);
    expect(await logs.open('log', plenty, memory)).not.toBe(before);
    expect(await logs.open('log', plenty)).toBe(before);
  });

  test('in one store with --log memory', async () => {
    const home = new MemoryLogStore();
    const logs = new Logs(home, { kind: 'memory' }, ports);
    expect(await logs.open('log', plenty, memory)).toBe(await home.open('log', plenty));
  });
});

test('what the process keeps itself needs nothing made', async () => {
  const admins = new LogAdmins(ports);
  expect(await admins.ensure({ kind: 'local' })).toEqual({ kind: 'ready', made: false, warnings: [] });
  expect(await admins.remove(memory)).toEqual({ kind: 'ready', made: false, warnings: [] });
  await admins.close();
});

test.each([
  [
    { kind: 'kafka', cluster: { servers: ['127.0.0.1:1'] } } as const,
    /no Kafka server answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
    'kafka',
  ],
  [
    { kind: 'jetstream', cluster: { servers: ['nats://127.0.0.1:1'] } } as const,
    /no NATS server answers at 127\.0\.0\.1:1/,
    'nats',
  ],
])('a missing server (%j): says which one and how to start it', async (log, message, command) => {
  await expect(checkReachable(log, systemClock)).rejects.toMatchObject({
    exitCode: exitCodes.unreachable,
    message: expect.stringMatching(message),
    hint: expect.stringContaining(`pnpm servers ${command}`),
  });
});

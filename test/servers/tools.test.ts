/** What is beneath the servers: the cache, the reasons for skipping, and the watchdog. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cached, isAlive, isCached } from './cache.ts';
import { attempt } from './installation.ts';
import { run } from './run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-tools-'));
  vi.stubEnv('MILLRACE_SERVERS_DIR', join(folder, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const program = (text: string) =>
  spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', text], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const outputOf = async (child: ReturnType<typeof program>) => {
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return said;
};

describe('the cache', () => {
  test('processes that need one entry at the same time make it once and all see it whole', async () => {
    const text = `
      import { cached } from ${JSON.stringify(join(import.meta.dirname, 'cache.ts'))};
      import { existsSync, writeFileSync } from 'node:fs';
      const place = await cached('entry', async (folder) => {
        process.stdout.write('made ');
        writeFileSync(folder + '/first', '');
        await new Promise((resolve) => setTimeout(resolve, 300));
        writeFileSync(folder + '/second', '');
      });
      process.stdout.write(existsSync(place + '/first') && existsSync(place + '/second') ? 'whole' : 'torn');
    `;
    const said = await Promise.all(Array.from({ length: 4 }, () => outputOf(program(text))));
    expect(said.sort()).toEqual(['made whole', 'whole', 'whole', 'whole']);
    expect(readdirSync(join(folder, 'cache'))).toEqual(['entry']);
  });

  test('a process that is killed while it makes an entry leaves the way free', async () => {
    const child = program(`
      import { cached } from ${JSON.stringify(join(import.meta.dirname, 'cache.ts'))};
      setInterval(() => {}, 1000);
      await cached('entry', () => { process.stdout.write('making'); return new Promise(() => {}); });
    `);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    expect(isCached('entry')).toBe(false);
    const place = await cached('entry', (part) => writeFile(join(part, 'file'), ''));
    expect(existsSync(join(place, 'file'))).toBe(true);
  });

  test('what could not be made is not kept, and is tried again', async () => {
    await expect(cached('entry', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
    expect(readdirSync(join(folder, 'cache'))).toEqual([]);
    await cached('entry', () => Promise.resolve());
    expect(isCached('entry')).toBe(true);
  });
});

describe('what cannot be had', () => {
  test('a tool that is missing is a reason', async () => {
    const found = await attempt('a server', () => run('no-such-tool-here', []).then(() => ({})));
    expect(found).toEqual({ kind: 'unavailable', reason: 'a server: no-such-tool-here is not installed' });
  });

  test('a tool that fails is a reason, with what it said', async () => {
    const found = await attempt('a server', () =>
      run('/bin/sh', ['-c', 'echo cannot resolve; exit 3']).then(() => ({})),
    );
    expect(found).toEqual({ kind: 'unavailable', reason: 'a server: /bin/sh ended with 3: cannot resolve' });
  });

  test('anything else is a bug and throws', async () => {
    await expect(attempt('a server', () => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
  });
});

describe('servers without their starter', () => {
  test('kill -9 of the process that started one ends it and removes its folder', async () => {
    const child = program(`
      import { dataFolder, ServerProcess } from ${JSON.stringify(join(import.meta.dirname, 'process.ts'))};
      const folder = dataFolder('orphan');
      const server = new ServerProcess('sleep', ['600'], { cwd: folder, outputFile: folder + '/output.log' });
      process.stdout.write(server.pid + ' ' + folder);
      setInterval(() => {}, 1000);
    `);
    const text = await new Promise<string>((resolve) => child.stdout.once('data', (chunk) => resolve(String(chunk))));
    const [pid = '', place = ''] = text.split(' ');
    expect(isAlive(Number(pid))).toBe(true);
    child.kill('SIGKILL');
    await waitFor('the server is gone', () => !isAlive(Number(pid)));
    await waitFor('its folder is gone', () => !existsSync(place));
  });
});

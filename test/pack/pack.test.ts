/**
 * What is published, as its users get it: packed, looked into, installed into an empty folder, started with plain
 * `npx millrace dev`, without this repository.
 */
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { broker, documents, trigger, uri } from '../support/manifests.ts';
import { Sink } from '../support/sink.ts';
import { root } from '../support/tree.ts';
import { placeProblems } from '../tidy/rules.ts';
import { Installed, isAlive, type Running } from './installed.ts';
import { expectedFiles, manifestOf, type PackageJson, type Packed, pack, pnpm, publishedFolders } from './packed.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-pack-')));
const installed = new Installed(join(folder, 'shop'));
const sink = new Sink();
const folders = publishedFolders();
let packages: readonly Packed[] = [];
let running: Running | undefined;

beforeAll(async () => {
  for (const name of ['tarballs', 'shop']) mkdirSync(join(folder, name));
  packages = folders.map((one) => pack(one, join(folder, 'tarballs')));
  await installed.install(packages);
  writeFileSync(join(installed.folder, 'manifest.yaml'), manifest(await sink.start()));
}, 600_000);

afterAll(async () => {
  if (running && isAlive(running.pid)) process.kill(running.pid, 'SIGKILL');
  running?.child.kill('SIGKILL');
  await sink.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('publishing', () => {
  test('`pnpm -r publish --dry-run` passes for every package but the private one', { timeout: 300_000 }, () => {
    const output = pnpm(['-r', 'publish', '--dry-run', '--no-git-checks'], root);
    for (const one of folders) expect(output).toContain(manifestOf(one).name);
    expect(output).not.toContain('@millrace/testkit');
  });

  test.each(folders)('%s holds what its sources build to, and nothing else', (one) => {
    const packed = packedOf(one);
    expect(packed.files).toEqual(expectedFiles(one));
  });

  test.each(folders)('%s names the versions it wants, and no place of this machine', (one) => {
    const packed = packedOf(one);
    const manifest = JSON.parse(packed.text('package.json')) as PackageJson;
    expect(JSON.stringify(manifest)).not.toMatch(/workspace:|catalog:|link:|file:|\.\/src\//);
    for (const [name, version] of Object.entries(manifest.dependencies ?? {}))
      expect(version, name).toEqual(name.startsWith('@millrace/') ? manifest.version : expect.stringMatching(/^\d/));
    const texts = packed.files.map((path) => ({ path, text: packed.text(path) }));
    expect(texts.flatMap(placeProblems)).toEqual([]);
    expect(texts.filter(({ text }) => text.includes(root)).map(({ path }) => path)).toEqual([]);
    // No module asks for a source file.
    expect(texts.filter(({ path, text }) => path.endsWith('.js') && /from '\.[^']*\.ts'/.test(text))).toEqual([]);
  });

  test.each(folders)('%s: README of at most 60 lines and the LICENSE of the whole', (one) => {
    const packed = packedOf(one);
    expect(packed.text('README.md').split('\n').length).toBeLessThanOrEqual(61);
    expect(packed.text('LICENSE')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });
});

describe('installed into an empty folder', () => {
  test('our packages are real folders there, and the payloads of the demonstration are not among the rest', () => {
    for (const { name } of packages)
      expect(lstatSync(join(installed.folder, 'node_modules', name)).isDirectory(), name).toBe(true);
    expect(() => lstatSync(join(installed.folder, 'node_modules', '@octokit'))).toThrow('ENOENT');
  });

  test.each(folders.filter((one) => one !== 'packages/cli'))('the example in the README of %s runs', async (one) => {
    const [, example = ''] = /```js\n(.*?)```/s.exec(packedOf(one).text('README.md')) ?? [];
    writeFileSync(join(installed.folder, 'example.js'), example);
    const { stdout } = await installed.node('example.js');
    // An arrow at the end of a line says what that line prints.
    const printed = [...example.matchAll(/\/\/ → (.+)$/gm)].map(([, text = '']) => text);
    expect(printed).not.toEqual([]);
    for (const text of printed) expect(stdout).toContain(text);
  });

  test.each(['0', '2'])(
    '`npx millrace dev --workers %s` starts, an event that `npx millrace send` sends is delivered, `npx millrace stop` ends it',
    {
      timeout: 180_000,
    },
    async (workers) => {
      running = await installed.dev('-f', 'manifest.yaml', '--port', '0', '--api-port', '0', '--workers', workers);
      const { stdout } = await installed.npx('millrace', 'send', '--type', 'order.created', '--data', '{"id":1}');
      const id = stdout.trim();
      await waitFor('the event is delivered', () => sink.count('/orders', id) === 1, {
        timeoutMs: 20_000,
        everyMs: 50,
      });
      await installed.npx('millrace', 'stop');
      expect(isAlive(running.pid)).toBe(false);
    },
  );

  test('SIGTERM to npx does not have to reach the server: `millrace stop` ends it all the same, and nothing is lost', {
    timeout: 180_000,
  }, async () => {
    running = await installed.dev('-f', 'manifest.yaml', '--port', '0', '--api-port', '0');
    const { child, pid } = running;
    const npxEnded = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await npxEnded;
    if (isAlive(pid)) await installed.npx('millrace', 'stop');
    await waitFor('the server has ended', () => !isAlive(pid), { timeoutMs: 20_000, everyMs: 50 });
    running = await installed.dev('-f', 'manifest.yaml', '--port', '0', '--api-port', '0');
    const { stdout } = await installed.npx('millrace', 'get', 'triggers', '-o', 'name');
    expect(stdout).toContain('orders');
    await installed.npx('millrace', 'stop');
  });
});

const manifest = (url: string) => documents(broker(), trigger('orders', { subscriber: uri(`${url}/orders`) }));

function packedOf(one: string): Packed {
  const packed = packages.find((candidate) => candidate.folder === one);
  if (!packed) throw new Error(`${one} was not packed`);
  return packed;
}

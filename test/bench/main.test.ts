/** `pnpm bench` as it is called. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { scenarios } from '../../bench/main.ts';
import { temporaryFolder } from '../support/millrace.ts';
import { root } from '../support/tree.ts';

function bench(...args: readonly string[]) {
  return spawnSync(process.execPath, ['--conditions=source', join(root, 'bench', 'main.ts'), ...args], {
    encoding: 'utf8',
  });
}

test('without a name it lists the scenarios', () => {
  const { status, stdout, stderr } = bench();
  expect([status, stderr]).toEqual([0, '']);
  for (const { name } of scenarios) expect(stdout).toContain(`  ${name} `);
});

test.each([
  ['isolated'],
  ['matching', 'x'],
  ['--fast'],
  ['matching', '--json'],
  ['matching', '--profile'],
  ['--profile'],
])('what it does not know ends with 2 and the names: %s %s', (...args) => {
  const { status, stdout, stderr } = bench(...args);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain('isolation');
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('the run that answers the numbers to hold has a scenario for each of them', () => {
  const names = scenarios.filter(({ inQuickRun }) => inQuickRun).map(({ name }) => name);
  expect(names).toEqual(['hop', 'fan-out', 'triggers', 'idle', 'crash']);
});

test('every scenario it names can be loaded', async () => {
  for (const { load } of scenarios) expect((await load()).run).toBeTypeOf('function');
});

test('figures go to stdout and to a JSON file, with the machine they were made on', { timeout: 60_000 }, () => {
  const folder = temporaryFolder();
  try {
    const file = join(folder.path, 'deep', 'figures.json');
    const { stdout } = bench('matching', '--quick', '--json', file);
    const written = JSON.parse(readFileSync(file, 'utf8'));
    expect(written).toMatchObject({ node: process.version, quick: true });
    expect(stdout).toContain(written.results[0].rows[0].label);
    expect(written.results[0].checks.length).toBeGreaterThan(0);
  } finally {
    folder.remove();
  }
});

test('load stops by itself: a run that is killed leaves no process behind', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, ['--conditions=source', join(root, 'bench', 'main.ts'), 'hop', '--quick'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const started = await waitFor('it measures', () => /round 1 of/.test(said) && childrenOf(child.pid ?? 0), {
    timeoutMs: 40_000,
  });
  child.kill('SIGKILL');
  // Sink, bare hop, the real process, the generator while it runs, and the watchdog itself.
  expect(started.length).toBeGreaterThanOrEqual(4);
  await waitFor('they are gone', () => started.every((pid) => !existsSync(`/proc/${pid}`)));
});

function childrenOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** The main job, as `pnpm start` runs it: every payload through the example, twice on the same data directory. */
import { afterAll, describe, expect, test } from 'vitest';
import { millrace, temporaryFolder } from '../support/millrace.ts';
import { root } from '../support/tree.ts';
import { sumsOf } from './sums.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const start = (...flags: readonly string[]) =>
  millrace(['start', '--data-dir', `${folder.path}/data`, '--port', '0', '--api-port', '0', ...flags], {
    cwd: root,
    timeoutMs: 180_000,
  });

describe('millrace start', () => {
  test('ends with 0 and the sums agree: at least 300 events, 0 lost, 0 unexpected', { timeout: 200_000 }, async () => {
    const result = await start();
    expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code: 0 });
    const first = sumsOf(result.stdout);
    expect(first).toMatchObject({ lost: 0, unexpected: 0 });
    expect(first?.accepted).toBeGreaterThanOrEqual(300);
    expect(first?.retried).toBeGreaterThan(0);
    expect(first?.deadLettered).toBeGreaterThan(0);
    process.stdout.write(`${result.stdout.trim().split('\n').at(-1)}\n`);
  });

  test('a second start works as well, and resumes where the first left off', { timeout: 200_000 }, async () => {
    const result = await start('--exit');
    expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code: 0 });
    expect(sumsOf(result.stdout)).toMatchObject({ lost: 0, unexpected: 0 });
    expect(result.stderr).toMatch(/events=[1-9]\d{2,}/);
  });

  test('there is a table with a line per trigger that fits 80 columns', { timeout: 200_000 }, async () => {
    const { stdout } = await start('--exit');
    const table = stdout.split('\n').slice(0, 12);
    expect(table[0]).toMatch(/TRIGGER +MATCHED +DELIVERED +RETRIED +DEAD-LETTERED +P50 +P99/);
    for (const line of table) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('elsewhere than in a clone it says where it runs', async () => {
    const result = await millrace(['start'], { cwd: folder.path });
    expect(result).toMatchObject({ code: 3, stderr: expect.stringMatching(/examples\/github.*\n.*millrace dev/) });
  });
});

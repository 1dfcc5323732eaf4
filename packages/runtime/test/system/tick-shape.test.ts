import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** A million ticks after collections that found no tick queued; µs of CPU for each. */
const measure = (keep: boolean): number => {
  const program = `
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    import { keepTickShape } from '@millrace/runtime';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const ticks = (count) => new Promise((resolve) => {
      const next = () => (count-- > 0 ? process.nextTick(next) : resolve());
      next();
    });
    if (${keep}) keepTickShape();
    const turn = (work = () => {}) => new Promise((resolve) => setImmediate(() => resolve(work())));
    await turn();
    for (let n = 0; n < 3; n++) {
      await turn(() => collect({ type: 'major', flavor: 'last-resort' }));
      await ticks(1_000);
    }
    await ticks(200_000);
    const before = process.cpuUsage();
    await ticks(1_000_000);
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1_000_000);`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', '--input-type=module', '--eval', program],
    { cwd: import.meta.dirname, encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return Number(stdout);
};

test('a tick costs after a collection what it cost before, where its shape is kept', { timeout: 60_000 }, () => {
  const kept = measure(true);
  const lost = measure(false);
  expect(kept).toBeLessThan(lost / 2);
});

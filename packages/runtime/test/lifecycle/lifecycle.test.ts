/** The end of a process. Issue 3, part 4: SIGTERM and Ctrl-C end gracefully with 0, a second signal ends at once. */
import { spawn } from 'node:child_process';
import { createLifecycle, type DrainStep } from '@millrace/runtime';
import { VirtualClock } from '@millrace/testkit';
import { expect, onTestFinished, test } from 'vitest';

/** A condition that holds in the end; the limit is for a machine that is busy with other things. */
const until = <T>(probe: () => T | Promise<T>) => expect.poll(probe, { timeout: 10_000 });

function start(...steps: string[]) {
  const script = new URL('./ending.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--conditions=source', script, ...steps], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => void child.on('close', resolve));
  return { child, ended, text: () => text };
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s: all steps in order, exit 0', async (signal) => {
  const { child, ended, text } = start('ingress', 'dispatch', 'flush');
  await until(text).toBe('ready ');
  child.kill(signal);
  expect(await ended).toBe(0);
  expect(text()).toBe(`ready ingress dispatch flush ended by ${signal}: `);
});

test('a step that fails or hangs is named, and those after it run', async () => {
  const { child, ended, text } = start('ingress!', 'dispatch…', 'flush');
  await until(text).toBe('ready ');
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(text()).toMatch(
    /^ready ingress! dispatch… late flush ended by SIGTERM: ingress!=broken, dispatch…=not done within \d+ ms$/,
  );
});

test('a second signal ends at once', async () => {
  const { child, ended, text } = start('dispatch…', 'flush');
  await until(text).toBe('ready ');
  child.kill('SIGTERM');
  await until(text).toBe('ready dispatch… ');
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(text()).toBe('ready dispatch… ');
});

test('the limit is for all steps together; `end` begins the same; steps run once', async () => {
  const clock = new VirtualClock();
  const lifecycle = createLifecycle({
    clock,
    signals: { onSignal: () => () => {} },
    drainLimitMs: 1_000,
    endNow: () => {},
  });
  const limits: number[] = [];
  const takes = (name: string, ms: number): DrainStep => ({
    name,
    run(limitMs) {
      limits.push(limitMs);
      return new Promise<void>((resolve) => void clock.setTimer(ms, resolve));
    },
  });
  for (const [name, ms] of [
    ['a', 400],
    ['b', 5_000],
    ['c', 100],
  ] as const)
    lifecycle.onDrain(takes(name, ms));
  lifecycle.onDrain(takes('never', 1))();
  lifecycle.end('command');
  lifecycle.end('again');
  expect(lifecycle.ending.aborted).toBe(true);
  await clock.advance(2_000);
  expect(await lifecycle.ended).toEqual({
    reason: 'command',
    failures: [
      { name: 'b', error: 'not done within 600 ms' },
      { name: 'c', error: 'not done within 0 ms' },
    ],
  });
  expect(limits).toEqual([1_000, 600, 0]);
});

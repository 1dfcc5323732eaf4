import { VirtualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { Endings } from '../../src/server/endings.ts';

test('what was opened last ends first', async () => {
  const endings = new Endings(new VirtualClock());
  const order: string[] = [];
  endings.add('first', async () => order.push('first'));
  endings.add('second', async () => order.push('second'));
  await endings.run(1_000);
  expect(order).toEqual(['second', 'first']);
});

test('N1: every step runs whatever became of those before it, and all failures are told', async () => {
  const endings = new Endings(new VirtualClock());
  const order: string[] = [];
  endings.add('store', async () => order.push('store'));
  endings.add('port', () => Promise.reject(new Error('still open')));
  await expect(endings.run(1_000)).rejects.toThrow('port: still open');
  expect(order).toEqual(['store']);
});

test('N2: a step is told how much of the limit is left', async () => {
  const clock = new VirtualClock();
  const endings = new Endings(clock);
  const limits: number[] = [];
  endings.add('later', async (limitMs) => limits.push(limitMs));
  endings.add('slow', () => clock.advance(700));
  await endings.run(1_000);
  expect(limits).toEqual([300]);
});

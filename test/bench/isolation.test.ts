/** The isolation benchmark on a small scale: outcomes and order only, no figure of time is judged. */
import { expect, test } from 'vitest';
import { measureIsolation } from '../../bench/isolation/measure.ts';
import { silence } from '../../bench/support/progress.ts';

const plan = {
  rounds: 1,
  rate: 100,
  seconds: 3,
  warmUpSeconds: 1,
  windowSeconds: 1,
  timeout: 'PT1S',
  failing: '{ timeout: PT5S, retry: 3, backoffPolicy: exponential, backoffDelay: PT0.1S }',
  hurryFailing: false,
};
const events = plan.rate * (plan.seconds + plan.warmUpSeconds);

test('a slow or dead subscriber delays nobody else; healed, it gets its backlog in full', {
  timeout: 120_000,
}, async () => {
  silence();
  const runs = await measureIsolation(plan);
  expect(runs.map(({ side }) => side)).toEqual(['alone', 'beside']);
  for (const run of runs) {
    expect(run).toMatchObject({ acknowledged: events, healthyMissing: 0, healthyRepeated: 0 });
    expect(run.windows.map(({ count }) => count)).toEqual([plan.rate, plan.rate, plan.rate]);
  }
  // The healthy one had everything while the black hole had answered nothing: the order says who waited for whom.
  expect(runs[1]?.sick).toMatchObject({
    takenBlack: 0,
    missingHealed: 0,
    blackDeadLettered: 0,
    failingSeen: events,
    failingDeadLettered: events,
    // Three retries each, and the failing one was not spared one of them.
    failingAttempts: events * 4,
  });
  expect(runs[1]?.sick?.heldRequests).toBeGreaterThan(0);
});

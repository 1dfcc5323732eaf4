/**
 * Several engines on one log whose partitions move between them (log invariant L6), under a virtual clock.
 * MILLRACE_SIM_SEED=n repeats one run; MILLRACE_SIM_SHARED_RUNS=n makes n of them.
 */
import { describe, expect, test } from 'vitest';
import { type SharedHistory, SharedRun } from './shared-run.ts';

const only = process.env['MILLRACE_SIM_SEED'];
const runs = only === undefined ? Number(process.env['MILLRACE_SIM_SHARED_RUNS'] ?? 300) : 1;
const first = Number(only ?? 1);

/** Every acknowledged event was taken by every subscription, or is in the dead-letter store. */
function lost({ events, subscriptions, attempts, letters }: SharedHistory): string[] {
  const taken = new Set(attempts.filter((seen) => seen.taken).map((seen) => `${seen.subscription}/${seen.id}`));
  return subscriptions.flatMap(({ uid }) =>
    events
      .map(({ id }) => `${uid}/${id}`)
      .filter((pair) => !taken.has(pair) && !letters.has(pair))
      .map((pair) => `lost: ${pair}`),
  );
}

/** An event of a key is sent only when every earlier one was taken once, or is in the dead-letter store. */
function outOfOrder({ events, subscriptions, attempts, letters }: SharedHistory): string[] {
  const wrong: string[] = [];
  const byId = new Map(events.map((event) => [event.id, event]));
  for (const { uid } of subscriptions.filter(({ order }) => order === 'ordered')) {
    const done = new Set<string>();
    for (const seen of attempts.filter(({ subscription }) => subscription === uid)) {
      const event = byId.get(seen.id);
      const behind =
        event &&
        events.find(
          (other) =>
            other.key === event.key &&
            other.offset < event.offset &&
            !done.has(other.id) &&
            !letters.has(`${uid}/${other.id}`),
        );
      if (behind) wrong.push(`${uid}: ${seen.id} was sent before ${behind.id}`);
      if (seen.taken) done.add(seen.id);
    }
  }
  return wrong;
}

/** Events that were taken and sent again. */
function repeats({ attempts }: SharedHistory): string[] {
  const taken = new Set<string>();
  return attempts.flatMap((seen) => {
    const pair = `${seen.subscription}/${seen.id}`;
    const again = taken.has(pair);
    if (seen.taken) taken.add(pair);
    return again ? [pair] : [];
  });
}

function tooManyRepeats(history: SharedHistory): string[] {
  const allowed = history.faults * history.subscriptions.reduce((sum, { maxInFlight }) => sum + maxInFlight, 0);
  const again = repeats(history);
  return again.length > allowed
    ? [`${again.length} repeats, ${allowed} were in flight at most: ${again.join(' ')}`]
    : [];
}

async function inRuns(orderly: boolean, judge: (history: SharedHistory) => string[]): Promise<number> {
  let moves = 0;
  for (let seed = first; seed < first + runs; seed++) {
    const history = await new SharedRun(seed, { orderly }).run();
    moves += history.moves;
    const wrong = [...history.violations, ...judge(history)];
    if (wrong.length > 0) throw new Error(`MILLRACE_SIM_SEED=${seed}\n${wrong.slice(0, 10).join('\n')}`);
  }
  return moves;
}

describe('L6: partitions that move between processes', () => {
  test(`${runs} runs in order: nothing is lost, order per key holds, and nothing that was taken comes again`, {
    timeout: 300_000,
  }, async () => {
    const moves = await inRuns(true, (history) => [...lost(history), ...outOfOrder(history), ...repeats(history)]);
    expect(moves).toBeGreaterThan(runs * 2);
  });

  test(`${runs} runs with sessions that run out and kill -9: at most what was in flight comes again`, {
    timeout: 300_000,
  }, async () => {
    const moves = await inRuns(false, (history) => [
      ...lost(history),
      ...outOfOrder(history),
      ...tooManyRepeats(history),
    ]);
    expect(moves).toBeGreaterThan(runs * 2);
  });
});

describe('the checkers object', () => {
  test('when an event was acknowledged and never sent, sent too early, or sent again', async () => {
    const history = await new SharedRun(1, { orderly: true }).run();
    const [{ subscription, id } = { subscription: '', id: '' }] = history.attempts.filter(
      (seen) => seen.subscription === 'ordered',
    );
    const without = {
      ...history,
      attempts: history.attempts.filter((seen) => seen.id !== id || seen.subscription !== subscription),
    };
    expect(lost(without)).toContain(`lost: ${subscription}/${id}`);
    expect(outOfOrder({ ...history, attempts: history.attempts.toReversed() })).not.toEqual([]);
    expect(repeats({ ...history, attempts: [...history.attempts, ...history.attempts] })).not.toEqual([]);
  });
});

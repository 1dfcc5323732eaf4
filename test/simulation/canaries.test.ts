/**
 * The simulation must notice broken engines. Each canary puts one defect in at a port, so that engine and port together
 * behave as an engine with that defect would; within a few hundred runs a checker must object.
 */
import { describe, expect, test } from 'vitest';
import { check } from './checkers/index.ts';
import { HEALTHY, Schedule } from './schedule.ts';
import type { Mutations } from './world.ts';

const RUNS = 200;

/** What the checkers said of the first run they objected to. */
async function objection(mutate: Mutations): Promise<string | undefined> {
  for (let seed = 1; seed <= RUNS; seed++) {
    const history = await new Schedule(seed, mutate).run();
    const wrong = check(history, HEALTHY);
    if (wrong.length > 0) return wrong.join('\n');
  }
  return undefined;
}

const canaries: readonly { readonly defect: string; readonly mutate: () => Mutations; readonly says: RegExp }[] = [
  {
    defect: 'an event is settled and was never sent',
    mutate: () => ({
      attempt: async (_, deliver, world) =>
        world.random.chance(0.05) ? { kind: 'accepted', statusCode: 200, latencyMs: 0 } : deliver(),
    }),
    says: /lost: |was not/,
  },
  {
    defect: 'a commit forgets what is pending',
    mutate: () => ({
      commit: (change) => ({ ...change, put: change.put.map((state) => ({ ...state, pending: [] })) }),
    }),
    says: /lost: /,
  },
  {
    defect: 'the shared position is committed without the cursors that changed',
    mutate: () => ({ commit: (change) => (change.readUpTo.length > 0 ? { ...change, put: [] } : change) }),
    says: /lost: |repeats|came again/,
  },
  {
    defect: 'a slot is freed before the settlement is durable',
    mutate: () => ({ commit: (change) => (change.remove.length > 0 ? change : { ...change, put: [] }) }),
    says: /repeats for|came again|lost: /,
  },
  {
    defect: 'a detached cursor is recorded as attached',
    mutate: () => ({
      commit: (change) => ({ ...change, put: change.put.map((state) => ({ ...state, detached: false })) }),
    }),
    says: /lost: /,
  },
  { defect: 'filters are ignored', mutate: () => ({ matchesAll: true }), says: /is not for/ },
  {
    defect: 'an event is sent twice',
    mutate: () => ({
      attempt: async (_, deliver, world) => {
        const outcome = await deliver();
        return outcome.kind === 'accepted' && world.random.chance(0.02) ? deliver() : outcome;
      },
    }),
    says: /again in the same life/,
  },
  {
    defect: 'ordered triggers are not ordered',
    mutate: () => ({ route: (route) => ({ ...route, order: 'unordered' }) }),
    says: /before .* was settled|later in the log/,
  },
  {
    defect: 'the rate is not limited',
    mutate: () => ({
      route: ({ ratePerSecond: _, ...route }) => route,
    }),
    says: /attempts in/,
  },
  {
    defect: 'one more than maxInFlight is sent',
    mutate: () => ({ route: (route) => ({ ...route, maxInFlight: route.maxInFlight + 1 }) }),
    says: /in flight at/,
  },
  {
    defect: 'the dead-letter store keeps nothing',
    mutate: () => ({ put: () => ({ kind: 'kept', id: 1 }) }),
    says: /lost: /,
  },
  {
    defect: 'whoever found no room gets no turn',
    mutate: () => ({ keepsTurns: true }),
    says: /not converged|lost: /,
  },
  {
    defect: 'a paused trigger stays paused',
    mutate: () => ({ route: (route) => (route.uid === 't0' ? { ...route, paused: true } : route) }),
    says: /not converged/,
  },
];

describe('the checkers object to an engine in which', () => {
  test.for(canaries)('$defect', { timeout: 120_000 }, async ({ mutate, says }) => {
    expect(await objection(mutate())).toMatch(says);
  });
});

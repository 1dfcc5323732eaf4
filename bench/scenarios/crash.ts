/**
 * `kill -9` in the middle of a load: what was acknowledged must arrive after the next start, and what arrives twice may
 * be no more than what was in flight when it died.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fanOutManifest } from '../support/manifests.ts';
import { Counts } from '../support/numbers.ts';
import { note } from '../support/progress.ts';
import { type BenchResult, rowOf } from '../support/result.ts';
import { arrived, connections } from '../support/round.ts';
import { generate, startSink } from '../support/sinks.ts';
import { startSystem, using } from '../support/system.ts';

/** Deliveries that one trigger has under way at most, unless it says otherwise. */
const IN_FLIGHT = 64;
/** After the last event: an event that comes twice was in flight, and comes within its first attempts. */
const QUIET_MS = 1_500;

export interface CrashPlan {
  readonly rounds: number;
  /** Events a second. */
  readonly rate: number;
  readonly triggers: number;
  /** When it is killed after the first event. */
  readonly killAfterMs: number;
}

export interface CrashFigure {
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly inFlightMax: number;
  readonly readyMs: number;
}

export async function measureCrash(plan: CrashPlan): Promise<readonly CrashFigure[]> {
  return using(startSink(), async (sink) => {
    const figures: CrashFigure[] = [];
    for (let round = 0; round < plan.rounds; round++) {
      note(`crash: round ${round + 1} of ${plan.rounds}`);
      const figure = await using(startSystem(fanOutManifest(sink.url, plan.triggers)), async (system) => {
        const run = `crash${round}x${process.pid}`;
        // Twice as many as will be sent: the load must not end before the process does.
        const events = Math.ceil((plan.rate * plan.killAfterMs * 2) / 1000) + plan.rate * 5;
        await sink.begin({ run, events, targets: plan.triggers });
        const load = generate(
          { url: system.url, run, events, bodyBytes: 1024, connections, rate: plan.rate, giveUp: true },
          120_000,
        );
        // Whoever looks at it first says what went wrong.
        load.catch(() => {});
        await sleep(plan.killAfterMs);
        await system.kill();
        const acknowledged = Counts.decode((await load).acknowledged);
        const readyMs = await system.restart();
        await arrived(sink, acknowledged.distinct() * plan.triggers);
        await sleep(QUIET_MS);
        const report = await sink.report();
        return {
          acknowledged: acknowledged.distinct(),
          lost: acknowledged.missingFrom(Counts.decode(report.takenNumbers)).length,
          duplicates: report.received - report.distinct,
          inFlightMax: IN_FLIGHT * plan.triggers,
          readyMs,
        };
      });
      figures.push(figure);
    }
    return figures;
  });
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const plan = { rounds: quick ? 3 : 10, rate: 2_000, triggers: 2, killAfterMs: 3_000 };
  return resultOf(plan, await measureCrash(plan));
}

export function resultOf(plan: CrashPlan, figures: readonly CrashFigure[]): BenchResult {
  const row = (label: string, unit: string, pick: (one: CrashFigure) => number) =>
    rowOf(label, unit, figures.map(pick));
  const lost = figures.reduce((sum, one) => sum + one.lost, 0);
  const acknowledged = figures.reduce((sum, one) => sum + one.acknowledged, 0);
  const duplicates = row('duplicates', 'deliveries', (one) => one.duplicates);
  const inFlight = figures[0]?.inFlightMax ?? 0;
  return {
    name: `crash: kill -9 under ${plan.rate} events/s to ${plan.triggers} triggers, started again; local durable log`,
    rows: [
      row('acknowledged before', 'events', (one) => one.acknowledged),
      row('lost', 'deliveries', (one) => one.lost),
      duplicates,
      row('from the command to ready again', 'ms', (one) => one.readyMs),
    ],
    checks: [
      {
        kind: 'verified',
        what: 'acknowledged events lost after kill -9',
        bar: '0',
        got: `${lost} of ${acknowledged}`,
        holds: lost === 0,
        goal: 'lostByKill',
      },
      {
        kind: 'verified',
        what: 'duplicates after kill -9, in the worst round',
        bar: `≤ ${inFlight} in flight`,
        got: String(duplicates.max),
        holds: duplicates.max <= inFlight,
        goal: 'repeatedByKill',
      },
    ],
  };
}

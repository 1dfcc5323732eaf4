/**
 * A subscriber that needs 400 ms for each event, behind 20 triggers of which two want it: a user of another broker
 * measured 5 events a second there (knative/eventing issue 4641). What is possible is what may be in flight ÷ 400 ms.
 */
import { lostCheck } from '../support/contest.ts';
import { brokerManifest, triggerManifest } from '../support/manifests.ts';
import { note } from '../support/progress.ts';
import { atLeast, type BenchCheck, type BenchResult, type BenchRow, rowOf } from '../support/result.ts';
import { connections, measureRound, type RoundFigure } from '../support/round.ts';
import { startSink } from '../support/sinks.ts';
import { startSystem, using } from '../support/system.ts';

export interface SlowPlan {
  readonly rounds: number;
  readonly events: number;
  readonly delayMs: number;
  readonly triggers: number;
  /** Of one trigger; left out: what it is by default. */
  readonly maxInFlight?: number;
}

const IN_FLIGHT_DEFAULT = 64;
const DELAY_MS = 400;
/** Part of what is possible that must be reached; the rest is the first and the last wave. */
const PART_MIN = 0.8;

export function measureSlow(plan: SlowPlan): Promise<readonly RoundFigure[]> {
  return using(startSink(), (sink) =>
    using(startSystem(manifest(sink.url, plan)), async ({ pid, url }) => {
      await sink.behave('take', plan.delayMs);
      const figures: RoundFigure[] = [];
      for (let round = 0; round < plan.rounds; round++) {
        note(`slow: round ${round + 1} of ${plan.rounds}, ${plan.maxInFlight ?? IN_FLIGHT_DEFAULT} in flight`);
        const side = { name: 'slow', pid, url, targets: 2 };
        figures.push(await measureRound(side, sink, { events: plan.events, bodyBytes: 1024, connections }));
      }
      return figures;
    }),
  );
}

function manifest(sinkUrl: string, { triggers, maxInFlight }: SlowPlan): string {
  const annotations = maxInFlight ? { 'millrace.dev/max-in-flight': String(maxInFlight) } : {};
  return [
    brokerManifest(),
    ...Array.from({ length: triggers }, (_, n) =>
      triggerManifest({
        name: `target-${n}`,
        subscriber: `${sinkUrl}/t${n}`,
        annotations,
        filter: { attributes: { type: n < 2 ? 'com.example.bench' : `com.example.other${n}` } },
      }),
    ),
  ].join('');
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const rows: BenchRow[] = [];
  const checks: BenchCheck[] = [];
  const all: RoundFigure[] = [];
  for (const maxInFlight of [undefined, 1_000]) {
    const possible = ((maxInFlight ?? IN_FLIGHT_DEFAULT) * 1_000) / DELAY_MS;
    const plan = {
      ...{ rounds: quick ? 1 : 5, events: Math.round(possible * (quick ? 4 : 20)), delayMs: DELAY_MS, triggers: 20 },
      ...(maxInFlight ? { maxInFlight } : {}),
    };
    const figures = await measureSlow(plan);
    const found = judge(plan, figures);
    rows.push(...found.rows);
    checks.push(...found.checks);
    all.push(...figures);
  }
  const sum = (pick: (one: RoundFigure) => number) => all.reduce((total, one) => total + pick(one), 0);
  return {
    name: 'slow: a subscriber that needs 400 ms behind 20 triggers, two of which match; 1 KiB, sent as fast as taken',
    rows,
    checks: [
      lostCheck(
        sum((one) => one.lost),
        sum((one) => one.acknowledged),
      ),
      ...checks,
    ],
  };
}

/** Rows and checks of one limit of deliveries under way. */
export function judge(
  { maxInFlight, delayMs }: SlowPlan,
  figures: readonly RoundFigure[],
): Pick<BenchResult, 'rows' | 'checks'> {
  const limit = maxInFlight ?? IN_FLIGHT_DEFAULT;
  const possible = (limit * 1_000) / delayMs;
  const rate = rowOf(
    `${limit} in flight: rate of each of two triggers`,
    'events/s',
    figures.map((one) => one.eventsPerSecond),
  );
  const rows = [
    rate,
    rowOf(
      `${limit} in flight: CPU per event`,
      'µs',
      figures.map((one) => one.cpuPerEvent),
    ),
    rowOf(
      `${limit} in flight: 202 after, p99`,
      'ms',
      figures.map((one) => one.answerP99 / 1000),
    ),
    rowOf(
      `${limit} in flight: peak resident memory`,
      'MiB',
      figures.map((one) => one.peakBytes / 1_048_576),
    ),
  ];
  return { rows, checks: [atLeast(rate, Math.round(possible * PART_MIN))] };
}

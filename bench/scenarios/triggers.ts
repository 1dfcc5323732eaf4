/**
 * What triggers that do not want an event add to its cost, through the real process: 1 to 10,000 triggers of which one
 * matches, for each kind of filter. Each number has a process of its own, and the numbers take turns.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ContestPlan,
  contest,
  figuresOf,
  ratioRow,
  type SideFigures,
  sideRows,
  validity,
} from '../support/contest.ts';
import { attributesFor, filterKinds, MATCHING } from '../support/filters.ts';
import { brokerManifest, triggerManifest } from '../support/manifests.ts';
import { note } from '../support/progress.ts';
import { atMost, type BenchCheck, type BenchResult, type BenchRow } from '../support/result.ts';
import { startSink } from '../support/sinks.ts';
import { type System, startSystem, using } from '../support/system.ts';
import { cpuMicroseconds } from '../support/usage.ts';

const RATIO_MAX = 1.1;
/** V8 compiles the way of an event for some ten thousand of them, and takes longer where there is more on it. */
const WARM_UP = 60_000;
/**
 * Many short rounds rather than few long ones: five processes that take turns compare only while the machine is as fast for the
 * last one as for the first, and one that shares its host changes by half within a minute.
 */
const plans = {
  quick: { rounds: 7, events: 9_000, warmUpEvents: WARM_UP },
  full: { rounds: 15, events: 14_000, warmUpEvents: WARM_UP },
};
const SETTLED_MS_MAX = 600_000;
const LOOK_MS = 250;
/** A process rests when it used so little of a core, so often in a row. */
const QUIET_SHARE = 0.1;
const QUIET_LOOKS = 3;

/** The matching one is always there; the others have numbers from 0. */
export function triggersManifest(sinkUrl: string, kind: string, count: number): string {
  const { filterOf } = filterKinds.find(({ name }) => name === kind) ?? filterKinds[0]!;
  const numbers = Array.from({ length: count - 1 }, (_, n) => (n < MATCHING ? n : n + 1));
  return [
    brokerManifest(),
    // The one that matches comes last: when it delivers, all of them have been taken up.
    ...[...numbers, MATCHING].map((n) =>
      triggerManifest({
        name: `trigger-${n}`,
        subscriber: n === MATCHING ? `${sinkUrl}/` : `${sinkUrl}/not-for-${n}`,
        filter: filterOf(n),
      }),
    ),
  ].join('');
}

export function measureTriggers(
  kind: string,
  counts: readonly number[],
  plan: ContestPlan,
): Promise<readonly SideFigures[]> {
  return using(startSink(), async (sink) => {
    const systems: System[] = [];
    try {
      for (const count of counts) {
        note(`triggers: starting with ${count}, ${kind}`);
        const system = await startSystem(triggersManifest(sink.url, kind, count));
        systems.push(system);
        await settled(system);
      }
      const sides = systems.map(({ pid, url }, index) => ({
        ...{ name: sideName(kind, counts[index] ?? 0), pid, url, targets: 1 },
        load: { attributes: attributesFor(MATCHING) },
      }));
      // The two that are compared for the bar have their turns one after the other.
      const [one, ...others] = sides as [(typeof sides)[number], ...typeof sides];
      const found = await contest(`triggers, ${kind}`, [...others, one], sink, plan);
      return sides.map(({ name }) => figuresOf(found, name));
    } finally {
      for (const system of systems) await system.stop();
    }
  });
}

/**
 * Until the process rests: taking up 10,000 triggers is not what is measured. Asking it how far it is would be work too.
 */
async function settled({ pid }: System): Promise<void> {
  const untilMs = performance.now() + SETTLED_MS_MAX;
  let quietLooks = 0;
  while (quietLooks < QUIET_LOOKS) {
    if (performance.now() > untilMs) throw new Error(`the process does not rest after ${SETTLED_MS_MAX} ms`);
    const before = cpuMicroseconds(pid);
    await sleep(LOOK_MS);
    const share = (cpuMicroseconds(pid) - before) / (LOOK_MS * 1000);
    quietLooks = share <= QUIET_SHARE ? quietLooks + 1 : 0;
  }
}

function sideName(kind: string, count: number): string {
  return `${kind}, ${count.toLocaleString('en')} trigger${count === 1 ? '' : 's'}`;
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const counts = quick ? [1, 10_000] : [1, 10, 100, 1_000, 10_000];
  const kinds = quick ? ['mixed'] : filterKinds.map(({ name }) => name);
  const plan = quick ? plans.quick : plans.full;
  const rows: BenchRow[] = [];
  const checks: BenchCheck[] = [];
  for (const kind of kinds) {
    const found = judge(kind, counts, await measureTriggers(kind, counts, plan));
    rows.push(...found.rows);
    checks.push(...found.checks);
  }
  return { name: 'triggers: 1 to 10,000 triggers of which one matches, through the real process; 1 KiB', rows, checks };
}

/** Rows and checks of one kind of filter. */
export function judge(
  kind: string,
  counts: readonly number[],
  figures: readonly SideFigures[],
): Pick<BenchResult, 'rows' | 'checks'> {
  const rows: BenchRow[] = figures.flatMap(sideRows);
  const checks: BenchCheck[] = [...validity(figures)];
  const one = figuresOf(figures, sideName(kind, 1));
  for (const count of counts.slice(1)) {
    const many = figuresOf(figures, sideName(kind, count));
    const ratio = ratioRow(`${kind}: ${count.toLocaleString('en')} triggers ÷ 1, CPU per event`, many, one);
    rows.push(ratio);
    // Mixed filters stand for the line: they have some of each kind.
    if (count === 10_000) checks.push(atMost(ratio, RATIO_MAX, kind === 'mixed' ? 'manyTriggers' : undefined));
  }
  return { rows, checks };
}

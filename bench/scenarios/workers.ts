/**
 * What threads that take in and deliver bring: the real process with none, one and two of them, in turn; one matching trigger on
 * the local durable log, 1 KiB, a closed loop over enough connections to keep them all at work.
 *
 * The bar is for a process that has two cores, beside one that has one, and on a machine of few of them generator and sink run on
 * the same ones: the rate of the closed loop is then what the machine has left. So the processes are measured a second time with
 * cores of their own (`cores.ts`). Where these are not to be had, what they would allow is worked out by the kernel's account of
 * CPU time: no more than the busiest thread takes, and no more than the cores give to all of them.
 */
import { availableParallelism } from 'node:os';
import {
  type ContestPlan,
  contest,
  figuresOf,
  ratioRow,
  type SideFigures,
  sideRows,
  validity,
} from '../support/contest.ts';
import { ownCores } from '../support/cores.ts';
import { fanOutManifest } from '../support/manifests.ts';
import { atLeast, type BenchResult, type BenchRow, rowOf } from '../support/result.ts';
import type { RoundFigure } from '../support/round.ts';
import { type SinkProcess, startSink } from '../support/sinks.ts';
import { type System, startSystem, using } from '../support/system.ts';

const TIMES_MIN = 1.5;
/** As the bar says. */
const CORES = 2;
/** Twice what keeps one thread at work; with more of them collecting what is under way costs everybody more than it brings. */
const connections = 64;
const counts = [0, 1, 2] as const;
/** Those with cores of their own; the first is what the others are compared with. */
const owners = [{ count: 0, cores: 1 }, ...counts.map((count) => ({ count, cores: CORES }))] as const;

export interface WorkersFigures {
  /** Cores shared with generator and sink. */
  readonly shared: readonly SideFigures[];
  /** With cores of their own; empty where there are none to be had. */
  readonly own: readonly SideFigures[];
}

export function sideName(workers: number): string {
  if (workers === 0) return 'one thread';
  return workers === 1 ? '1 worker' : `${workers} workers`;
}

export const ownerNames: readonly string[] = owners.map(
  ({ count, cores }) => `${sideName(count)}, ${cores === 1 ? '1 core' : `${cores} cores`} of its own`,
);

export function measureWorkers(plan: ContestPlan): Promise<WorkersFigures> {
  return using(startSink(), async (sink) => {
    const systems: System[] = [];
    try {
      const manifest = fanOutManifest(sink.url, 1);
      for (const { count } of owners) {
        systems.push(await startSystem(manifest, { flags: ['--workers', String(count)] }));
      }
      const shared = sidesOf(systems.slice(1), counts.map(sideName));
      return { shared: await contest('workers', shared, sink, plan), own: await withOwnCores(systems, sink, plan) };
    } finally {
      for (const system of systems) await system.stop();
    }
  });
}

function sidesOf(systems: readonly System[], names: readonly string[]) {
  return systems.map(({ pid, url }, index) => ({
    name: names[index] ?? '',
    pid,
    url,
    targets: 1,
    load: { connections },
  }));
}

/** Half the events: the cores are half as fast. */
async function withOwnCores(systems: readonly System[], sink: SinkProcess, plan: ContestPlan) {
  const { rounds, events, warmUpEvents } = plan;
  const half = { rounds, events: Math.ceil(events / 2), warmUpEvents: Math.ceil(warmUpEvents / 2) };
  const held = systems.map(({ pid }, index) => ownCores(pid, owners[index]?.cores ?? 1));
  try {
    if (held.includes(undefined)) return [];
    return await contest('workers, cores of their own', sidesOf(systems, ownerNames), sink, half);
  } finally {
    for (const one of held) one?.release();
  }
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  return resultOf(
    await measureWorkers(
      quick
        ? { rounds: 3, events: 25_000, warmUpEvents: 40_000 }
        : { rounds: 5, events: 100_000, warmUpEvents: 100_000, open: { rate: 2_000, events: 20_000 } },
    ),
  );
}

/** Events a second that so many cores could give to the process alone, by what its threads used in a round. */
export function allowedRate(
  { threads, cpuPerEvent }: Pick<RoundFigure, 'threads' | 'cpuPerEvent'>,
  cores: number,
): number {
  // Threads of a pool share a name and are not told apart; none of them is the busiest.
  const busiest = Math.max(...Object.entries(threads).map(([name, used]) => (/^(main|worker)/.test(name) ? used : 0)));
  return 1_000_000 / Math.max(busiest, cpuPerEvent / cores);
}

/** Judged is what was measured with cores of its own, and what they would allow only where there are none to be had. */
export function resultOf({ shared, own }: WorkersFigures): BenchResult {
  const one = figuresOf(shared, sideName(0));
  const others = counts.slice(1).map((count) => figuresOf(shared, sideName(count)));
  const oneRates = one.closed.map((figure) => allowedRate(figure, 1));
  const allowedTimes = others.map((side) => {
    const rates = side.closed.map((figure) => allowedRate(figure, CORES));
    return times(
      `${side.side} ÷ one thread, rate that ${CORES} cores of its own would allow ÷ that of 1`,
      rates,
      oneRates,
    );
  });
  const between = (side: SideFigures, base: SideFigures) =>
    times(`${side.side} ÷ ${base.side}, rate, closed loop`, side.closed.map(rateOf), base.closed.map(rateOf));
  const [ownOne, ...ownOthers] = own;
  const ownTimes = ownOne ? ownOthers.map((side) => between(side, ownOne)) : [];
  return {
    name:
      `workers: --workers 0, 1 and 2; local durable log, one matching trigger, 1 KiB, ${connections} connections; generator, ` +
      `sink and process share ${availableParallelism()} cores, or the process has cores of half the speed of its own`,
    rows: [
      ...[...shared, ...own].flatMap(sideRows),
      ...others.map((side) => between(side, one)),
      ...others.map((side) => ratioRow(`${side.side} ÷ one thread, CPU per event`, side, one)),
      ...allowedTimes,
      ...ownTimes,
    ],
    checks: [
      ...validity([...shared, ...own]),
      // One thread with two cores is no worker: it stands among the rows.
      atLeast(best(ownOne ? ownTimes.slice(1) : allowedTimes), TIMES_MIN),
    ],
  };
}

function rateOf({ eventsPerSecond }: RoundFigure): number {
  return eventsPerSecond;
}

/** Round by round. */
function times(label: string, rates: readonly number[], base: readonly number[]): BenchRow {
  return rowOf(
    label,
    '×',
    rates.map((rate, round) => rate / (base[round] as number)),
  );
}

function best(list: readonly BenchRow[]): BenchRow {
  return list.reduce((most, row) => (row.median > most.median ? row : most));
}

/**
 * What threads that take in and deliver bring: the real process with none, one and two of them, in turn; one matching trigger on
 * the local durable log, 1 KiB, a closed loop over enough connections to keep them all at work.
 *
 * On a machine of few cores the generator and the sink run on the same ones, and the rate of the closed loop is what the machine
 * has left for the process. So the rate that the process could have by itself on two cores is worked out beside it, by the
 * kernel's account of CPU time: no more than its busiest thread takes, and no more than two cores give to all of them.
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
import { fanOutManifest } from '../support/manifests.ts';
import { atLeast, type BenchResult, type BenchRow, rowOf } from '../support/result.ts';
import type { RoundFigure } from '../support/round.ts';
import { startSink } from '../support/sinks.ts';
import { type System, startSystem, using } from '../support/system.ts';

const TIMES_MIN = 1.5;
/** As the bar says. */
const CORES = 2;
/** Twice what keeps one thread at work; with more of them collecting what is under way costs everybody more than it brings. */
const connections = 64;
const counts = [0, 1, 2] as const;

export function sideName(workers: number): string {
  if (workers === 0) return 'one thread';
  return workers === 1 ? '1 worker' : `${workers} workers`;
}

export function measureWorkers(plan: ContestPlan): Promise<readonly SideFigures[]> {
  return using(startSink(), async (sink) => {
    const systems: System[] = [];
    try {
      const manifest = fanOutManifest(sink.url, 1);
      for (const count of counts) systems.push(await startSystem(manifest, { flags: ['--workers', String(count)] }));
      const sides = systems.map(({ pid, url }, index) => {
        const name = sideName(counts[index] ?? 0);
        return { name, pid, url, targets: 1, load: { connections } };
      });
      return await contest('workers', sides, sink, plan);
    } finally {
      for (const system of systems) await system.stop();
    }
  });
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

/** Events a second that `CORES` cores could give to the process alone, by what its threads used in a round. */
export function ownRate({ threads, cpuPerEvent }: Pick<RoundFigure, 'threads' | 'cpuPerEvent'>): number {
  // Threads of a pool share a name and are not told apart; none of them is the busiest.
  const busiest = Math.max(...Object.entries(threads).map(([name, used]) => (/^(main|worker)/.test(name) ? used : 0)));
  return 1_000_000 / Math.max(busiest, cpuPerEvent / CORES);
}

export function resultOf(figures: readonly SideFigures[]): BenchResult {
  const one = figuresOf(figures, sideName(0));
  const rows: BenchRow[] = figures.flatMap((side) => [
    ...sideRows(side),
    rowOf(`${side.side}: rate that ${CORES} cores of its own would allow`, 'events/s', side.closed.map(ownRate)),
  ]);
  const others = counts.slice(1).map((count) => figuresOf(figures, sideName(count)));
  const times = (label: string, side: SideFigures, pick: (figure: RoundFigure) => number) =>
    rowOf(
      `${side.side} ÷ one thread, ${label}`,
      '×',
      side.closed.map((figure, round) => pick(figure) / pick(one.closed[round] as RoundFigure)),
    );
  const measured = others.map((side) => times('rate, closed loop', side, (figure) => figure.eventsPerSecond));
  const own = others.map((side) => times(`rate that ${CORES} cores of its own would allow`, side, ownRate));
  const cost = others.map((side) => ratioRow(`${side.side} ÷ one thread, CPU per event`, side, one));
  const best = (list: readonly BenchRow[]) => list.reduce((most, row) => (row.median > most.median ? row : most));
  return {
    name:
      `workers: --workers 0, 1 and 2; local durable log, one matching trigger, 1 KiB, ${connections} connections; ` +
      `generator, sink and process share ${availableParallelism()} cores`,
    rows: [...rows, ...measured, ...own, ...cost],
    checks: [...validity(figures), atLeast(best(measured), TIMES_MIN), atLeast(best(own), TIMES_MIN)],
  };
}

/**
 * Sides that are measured in turn: each is up all the time, each is warmed up, and the order changes from round to round
 * so that whatever the machine does besides meets all of them.
 *
 * K1. CPU per event and the rate are those of a closed loop: the side is saturated.
 * K2. Latency is that of an open loop at a stated rate. A round in which the generator fell behind its own schedule says
 *     nothing of the side: it is measured again, and when that does not help, the run is not valid.
 * K3. The closed loops of a round follow one another without a pause, what stands besides too, and the open ones come after
 *     them: a ratio is made of what was measured within seconds, and a machine changes by a third within ten.
 */
import { note } from './progress.ts';
import { type BenchCheck, type BenchRow, rowOf } from './result.ts';
import { connections, measureRound, type RoundFigure, type RoundLoad, type Side } from './round.ts';
import type { SinkProcess } from './sinks.ts';

export interface ContestPlan {
  readonly rounds: number;
  readonly events: number;
  readonly warmUpEvents: number;
  readonly bodyBytes?: number;
  /** Of the closed loop, where those of a round are not enough to keep each side saturated. */
  readonly connections?: number;
  /** K2. Left out: no latency is measured. */
  readonly open?: { readonly rate: number; readonly events: number };
  /** How long nothing may come before what is missing counts as lost. */
  readonly stillMs?: number;
  /** A baseline that is no side: measured once in each round. */
  readonly besides?: () => Promise<void>;
}

export interface Contender extends Side {
  /** What is sent to this side and not to others. */
  readonly load?: Partial<RoundLoad>;
}

export interface SideFigures {
  readonly side: string;
  readonly closed: readonly RoundFigure[];
  readonly open: readonly RoundFigure[];
}

/** The generator's p99 against its own schedule: a few of its timer's milliseconds. */
const LATE_MICROSECONDS_MAX = 10_000;
/** Part of one core from which on a single-threaded process counts as saturated. */
const SATURATED = 0.9;
const MIB = 1_048_576;
/** Rounds that may be measured again because the generator was late, a side. */
const AGAIN_MAX = 2;

export async function contest(
  name: string,
  sides: readonly Contender[],
  sink: SinkProcess,
  plan: ContestPlan,
): Promise<readonly SideFigures[]> {
  const found = sides.map(({ name: side }) => ({ side, closed: [] as RoundFigure[], open: [] as RoundFigure[] }));
  const of = (side: Contender) => found[sides.indexOf(side)] as (typeof found)[number];
  const base = { bodyBytes: plan.bodyBytes ?? 1024, connections: plan.connections ?? connections };
  for (let round = -1; round < plan.rounds; round++) {
    note(round < 0 ? `${name}: warm-up` : `${name}: round ${round + 1} of ${plan.rounds}`);
    const inTurn = round % 2 === 0 ? sides : sides.toReversed();
    for (const side of inTurn) {
      const events = round < 0 ? plan.warmUpEvents : plan.events;
      const figure = await measureRound(side, sink, { ...base, events, ...side.load }, plan.stillMs);
      if (round >= 0) of(side).closed.push(figure);
    }
    if (round < 0) continue;
    await plan.besides?.();
    if (plan.open === undefined) continue;
    for (const side of inTurn) of(side).open.push(await openRound(side, sink, { ...base, ...side.load }, plan.open));
  }
  return found;
}

/** K2. */
async function openRound(
  side: Contender,
  sink: SinkProcess,
  load: Omit<RoundLoad, 'events'>,
  open: NonNullable<ContestPlan['open']>,
): Promise<RoundFigure> {
  for (let again = 0; ; again++) {
    const figure = await measureRound(side, sink, { ...load, ...open });
    if (figure.lateP99 <= LATE_MICROSECONDS_MAX || again === AGAIN_MAX) return figure;
    note(`${side.name}: the generator was ${(figure.lateP99 / 1000).toFixed(0)} ms late; measured again`);
  }
}

export function figuresOf(all: readonly SideFigures[], side: string): SideFigures {
  const found = all.find((one) => one.side === side);
  if (!found) throw new RangeError(`there is no side ${side}`);
  return found;
}

/** The lines of a table that one side gives. */
export function sideRows({ side, closed, open }: SideFigures): readonly BenchRow[] {
  const rows: BenchRow[] = [];
  const add = (list: readonly RoundFigure[], label: string, unit: string, pick: (one: RoundFigure) => number) => {
    if (list.length > 0) rows.push(rowOf(`${side}: ${label}`, unit, list.map(pick)));
  };
  add(closed, 'CPU per event', 'µs', (one) => one.cpuPerEvent);
  add(closed, 'rate, closed loop', 'events/s', (one) => one.eventsPerSecond);
  add(open, 'CPU per event, open loop', 'µs', (one) => one.cpuPerEvent);
  add(open, 'latency p50', 'ms', (one) => one.latency.p50 / 1000);
  add(open, 'latency p99', 'ms', (one) => one.latency.p99 / 1000);
  add(open, 'latency p99.9', 'ms', (one) => one.latency.p999 / 1000);
  add([...closed, ...open], 'peak resident memory', 'MiB', (one) => one.peakBytes / MIB);
  add([...closed, ...open], 'lost', 'deliveries', (one) => one.lost);
  add([...closed, ...open], 'duplicates', 'deliveries', (one) => one.duplicates);
  add(closed, 'busiest thread', 'of a core', (one) => one.busiestThread);
  add(closed, 'generator meanwhile', 'of a core', (one) => one.generatorShare);
  add(closed, 'sink meanwhile', 'of a core', (one) => one.sinkShare);
  add(open, 'generator late, p99', 'ms', (one) => one.lateP99 / 1000);
  return rows;
}

/** One side's CPU per event as a multiple of another's, round by round; of the open loop where that is said. */
export function ratioRow(
  label: string,
  ours: SideFigures,
  theirs: SideFigures,
  loop: 'closed' | 'open' = 'closed',
): BenchRow {
  const [of, by] = [ours[loop], theirs[loop]];
  const ratios = of.map((one, round) => one.cpuPerEvent / (by[round]?.cpuPerEvent || Number.NaN));
  return rowOf(label, '×', ratios);
}

/** What a run must show before any of its figures counts. */
export function validity(all: readonly SideFigures[]): readonly BenchCheck[] {
  const closed = all.flatMap((one) => one.closed);
  const open = all.flatMap((one) => one.open);
  const figures = [...closed, ...open];
  const lost = figures.reduce((sum, one) => sum + one.lost, 0);
  const acknowledged = figures.reduce((sum, one) => sum + one.acknowledged, 0);
  const checks: BenchCheck[] = [lostCheck(lost, acknowledged)];
  const load = Math.max(0, ...closed.flatMap((one) => [one.generatorShare, one.sinkShare]));
  if (closed.length > 0)
    checks.push({
      kind: 'believed',
      what: 'generator and sink were not the bottleneck: the busier of them, in its busiest round',
      bar: `< ${SATURATED} of a core`,
      got: load.toFixed(2),
      holds: load < SATURATED,
    });
  const late = Math.max(0, ...open.map((one) => one.lateP99));
  if (open.length > 0)
    checks.push({
      kind: 'believed',
      what: 'the generator kept its schedule: p99 late, in its worst round',
      bar: `≤ ${LATE_MICROSECONDS_MAX / 1000} ms`,
      got: `${(late / 1000).toFixed(1)} ms`,
      holds: late <= LATE_MICROSECONDS_MAX,
    });
  return checks;
}

export function lostCheck(lost: number, acknowledged: number): BenchCheck {
  return {
    kind: 'verified',
    what: 'deliveries of acknowledged events that did not arrive',
    bar: '0',
    got: `${lost} (${acknowledged} events acknowledged)`,
    holds: lost === 0,
  };
}

/**
 * What generator and sink can do by themselves: the generator sends straight to the sink. What is measured elsewhere has
 * to stay well below it, or it would be a figure of the generator.
 */
import { type ContestPlan, contest, figuresOf, type SideFigures, sideRows, validity } from '../support/contest.ts';
import { type BenchResult, rowOf } from '../support/result.ts';
import { startSink } from '../support/sinks.ts';
import { using } from '../support/system.ts';
import { startBareHop } from './hop.ts';

/** On two cores generator and sink share what the hop leaves. */
const TIMES_MIN = 1;

export function measureCeiling(plan: ContestPlan): Promise<readonly SideFigures[]> {
  return using(startSink(), (sink) =>
    using(startBareHop(`${sink.url}/`), (bare) =>
      contest(
        'ceiling',
        [
          { name: 'generator into sink', pid: sink.pid, url: `${sink.url}/`, targets: 1 },
          { name: 'bare hop', pid: bare.pid, url: `${bare.url}/`, targets: 1 },
        ],
        sink,
        plan,
      ),
    ),
  );
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  return resultOf(
    await measureCeiling(
      quick
        ? { rounds: 3, events: 20_000, warmUpEvents: 20_000 }
        : { rounds: 5, events: 100_000, warmUpEvents: 100_000 },
    ),
  );
}

export function resultOf(figures: readonly SideFigures[]): BenchResult {
  const straight = figuresOf(figures, 'generator into sink');
  const bare = figuresOf(figures, 'bare hop');
  const own = straight.closed.map((one) => one.generatorCpuPerEvent);
  const both = straight.closed.map((one) => one.generatorCpuPerEvent + one.sinkCpuPerDelivery);
  const times = bare.closed.map((one, round) => one.cpuPerEvent / (both[round] ?? Number.NaN));
  const cheaper = rowOf('bare hop ÷ generator and sink together, CPU per event', '×', times);
  const [lost] = validity(figures);
  return {
    name: 'ceiling: the generator straight into the sink, beside the bare hop between them; 1 KiB',
    rows: [
      ...figures.flatMap(sideRows),
      rowOf('generator, CPU per event', 'µs', own),
      rowOf(
        'sink, CPU per event',
        'µs',
        straight.closed.map((one) => one.sinkCpuPerDelivery),
      ),
      cheaper,
    ],
    checks: [
      ...(lost ? [lost] : []),
      {
        kind: 'believed',
        what: 'generator and sink share one core and still outrun the cheapest hop: what the hop needs ÷ what both need',
        bar: `≥ ${TIMES_MIN}`,
        got: cheaper.median.toFixed(2),
        holds: cheaper.median >= TIMES_MIN,
      },
    ],
  };
}

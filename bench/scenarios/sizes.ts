/** What a hop costs by the size of the event: 100 bytes to 1 MiB, each beside the bare hop with the same bytes. */
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
import type { BenchResult } from '../support/result.ts';
import { startSink } from '../support/sinks.ts';
import { startSystem, using } from '../support/system.ts';
import { startBareHop } from './hop.ts';

/** Most bytes in one round: a round of small events is bounded by their number, one of large ones by their bytes. */
const ROUND_BYTES_MAX = 512 * 1_048_576;
const sizes: readonly { readonly name: string; readonly bytes: number }[] = [
  { name: '100 B', bytes: 100 },
  { name: '1 KiB', bytes: 1_024 },
  { name: '64 KiB', bytes: 65_536 },
  { name: '1 MiB', bytes: 1_048_576 },
];

export function measureSizes(plan: ContestPlan): Promise<readonly SideFigures[]> {
  return using(startSink(), (sink) =>
    using(startBareHop(`${sink.url}/`), (bare) =>
      using(startSystem(fanOutManifest(sink.url, 1)), (system) => {
        const sides = sizes.flatMap(({ name, bytes }) => {
          const events = Math.min(plan.events, Math.max(10, Math.floor(ROUND_BYTES_MAX / bytes)));
          const load = { bodyBytes: bytes, events };
          return [
            { name: `bare hop, ${name}`, pid: bare.pid, url: `${bare.url}/`, targets: 1, load },
            { name: `millrace, ${name}`, pid: system.pid, url: system.url, targets: 1, load },
          ];
        });
        return contest('sizes', sides, sink, plan);
      }),
    ),
  );
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  return resultOf(
    await measureSizes(
      quick ? { rounds: 2, events: 5_000, warmUpEvents: 5_000 } : { rounds: 5, events: 40_000, warmUpEvents: 40_000 },
    ),
  );
}

export function resultOf(figures: readonly SideFigures[]): BenchResult {
  const ratios = sizes.map(({ name }) =>
    ratioRow(
      `millrace ÷ bare hop, ${name}, CPU per event`,
      figuresOf(figures, `millrace, ${name}`),
      figuresOf(figures, `bare hop, ${name}`),
    ),
  );
  return {
    name: 'sizes: a hop with 100 bytes to 1 MiB of data, local durable log',
    rows: [...figures.flatMap(sideRows), ...ratios],
    checks: validity(figures),
  };
}

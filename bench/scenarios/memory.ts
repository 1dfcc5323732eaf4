/** What durability adds to a hop: the log in memory beside the local durable log, and the bare hop beside both. */
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
import { openRate, startBareHop } from './hop.ts';

export function measureMemory(plan: ContestPlan): Promise<readonly SideFigures[]> {
  return using(startSink(), (sink) => {
    const manifest = fanOutManifest(sink.url, 1);
    return using(startBareHop(`${sink.url}/`), (bare) =>
      using(startSystem(manifest, { log: 'memory' }), (memory) =>
        using(startSystem(manifest), (local) =>
          contest(
            'memory',
            [
              { name: 'bare hop', pid: bare.pid, url: `${bare.url}/`, targets: 1 },
              { name: 'log in memory', pid: memory.pid, url: memory.url, targets: 1 },
              { name: 'local log', pid: local.pid, url: local.url, targets: 1 },
            ],
            sink,
            plan,
          ),
        ),
      ),
    );
  });
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  return resultOf(
    await measureMemory(
      quick
        ? { rounds: 3, events: 15_000, warmUpEvents: 15_000, open: { rate: openRate, events: 4_000 } }
        : { rounds: 5, events: 60_000, warmUpEvents: 60_000, open: { rate: openRate, events: 20_000 } },
    ),
  );
}

export function resultOf(figures: readonly SideFigures[]): BenchResult {
  const [bare, memory, local] = ['bare hop', 'log in memory', 'local log'].map((side) => figuresOf(figures, side));
  return {
    name: `memory: the same hop with the log in memory; 1 KiB, latency at ${openRate} events/s`,
    rows: [
      ...figures.flatMap(sideRows),
      ...(memory && bare ? [ratioRow('log in memory ÷ bare hop, CPU per event', memory, bare)] : []),
      ...(memory && local ? [ratioRow('local log ÷ log in memory, CPU per event', local, memory)] : []),
    ],
    checks: validity(figures),
  };
}

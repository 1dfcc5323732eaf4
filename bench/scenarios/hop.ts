/**
 * What one event costs on its way through one process: accepted, made durable, matched by one trigger, delivered;
 * beside the bare hop, which keeps nothing and knows nothing.
 */
import { fileURLToPath } from 'node:url';
import { startListener } from '../support/child.ts';
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
import { atMost, type BenchResult } from '../support/result.ts';
import { startSink } from '../support/sinks.ts';
import { startSystem, using } from '../support/system.ts';

const RATIO_MAX = 1.5;
export const openRate = 2_000;

/** Each figure of each round, in the order they were measured. */
export function measureHop(plan: ContestPlan): Promise<readonly SideFigures[]> {
  return using(startSink(), (sink) =>
    using(startBareHop(`${sink.url}/`), (bare) =>
      using(startSystem(fanOutManifest(sink.url, 1)), (system) =>
        contest(
          'hop',
          [
            { name: 'bare hop', pid: bare.pid, url: `${bare.url}/`, targets: 1 },
            { name: 'millrace', pid: system.pid, url: system.url, targets: 1 },
          ],
          sink,
          plan,
        ),
      ),
    ),
  );
}

/** The baseline of everything: see there. */
export function startBareHop(subscriber: string) {
  return startListener(fileURLToPath(import.meta.resolve('../baseline/bare-hop.ts')), { subscriber });
}

/**
 * Short rounds and many of them: with a machine that changes from one second to the next it is their number that makes a median.
 *
 * V8 goes on compiling for a hundred thousand events and more, for the larger program longer: of rounds of 10,000 the first
 * took 150 µs an event, the sixth 83, the sixteenth 50 (the bare hop 89, 44, 38). What is compared is what comes after.
 */
export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  return resultOf(
    await measureHop(
      quick
        ? { rounds: 21, events: 6_000, warmUpEvents: 100_000, open: { rate: openRate, events: 1_000 } }
        : { rounds: 31, events: 15_000, warmUpEvents: 150_000, open: { rate: openRate, events: 4_000 } },
    ),
  );
}

export function resultOf(figures: readonly SideFigures[]): BenchResult {
  const ratio = ratioRow(
    'millrace ÷ bare hop, CPU per event',
    figuresOf(figures, 'millrace'),
    figuresOf(figures, 'bare hop'),
  );
  return {
    name: `hop: local durable log and one matching trigger beside the bare hop; 1 KiB, latency at ${openRate} events/s`,
    rows: [...figures.flatMap(sideRows), ratio],
    checks: [...validity(figures), atMost(ratio, RATIO_MAX, 'hop')],
  };
}

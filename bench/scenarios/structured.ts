/**
 * What it costs to take an event in structured mode (a JSON document) and to deliver it in binary mode; beside the same
 * event in binary mode. The sink reads the binary headers: what was not translated would not be counted.
 */
import {
  type ContestPlan,
  contest,
  figuresOf,
  ratioRow,
  type SideFigures,
  sideRows,
  validity,
} from '../support/contest.ts';
import { brokerManifest, triggerManifest } from '../support/manifests.ts';
import type { BenchResult } from '../support/result.ts';
import { startSink } from '../support/sinks.ts';
import { startSystem, using } from '../support/system.ts';
import { openRate, startBareHop } from './hop.ts';

export function measureStructured(plan: ContestPlan): Promise<readonly SideFigures[]> {
  return using(startSink(), (sink) =>
    using(startBareHop(`${sink.url}/`), (bare) =>
      using(startSystem(manifest(sink.url)), ({ pid, url }) =>
        contest(
          'structured',
          [
            { name: 'bare hop, binary', pid: bare.pid, url: `${bare.url}/`, targets: 1 },
            { name: 'binary in, binary out', pid, url, targets: 1 },
            { name: 'structured in, binary out', pid, url, targets: 1, load: { mode: 'structured' } },
          ],
          sink,
          plan,
        ),
      ),
    ),
  );
}

/** Without a format an event is delivered in the mode in which it came. */
function manifest(sinkUrl: string): string {
  const delivery = { format: 'binary' };
  return brokerManifest() + triggerManifest({ name: 'binary', subscriber: `${sinkUrl}/`, delivery });
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  return resultOf(
    await measureStructured(
      quick
        ? { rounds: 3, events: 10_000, warmUpEvents: 10_000 }
        : { rounds: 5, events: 60_000, warmUpEvents: 60_000, open: { rate: openRate, events: 20_000 } },
    ),
  );
}

export function resultOf(figures: readonly SideFigures[]): BenchResult {
  const structured = figuresOf(figures, 'structured in, binary out');
  return {
    name: `structured: structured in, binary out; 1 KiB of data, latency at ${openRate} events/s`,
    rows: [
      ...figures.flatMap(sideRows),
      ratioRow('structured ÷ binary, CPU per event', structured, figuresOf(figures, 'binary in, binary out')),
      ratioRow('structured ÷ bare hop, CPU per event', structured, figuresOf(figures, 'bare hop, binary')),
    ],
    checks: validity(figures),
  };
}

/**
 * A trigger that comes later and begins at the start of the log (`millrace.dev/start: earliest`): how fast it is given
 * everything that was kept, with nothing new coming, and what an event of it costs.
 */
import { sharedMicroseconds } from '../processes/clock.ts';
import { roomForBacklog } from '../support/backlog.ts';
import { lostCheck } from '../support/contest.ts';
import { brokerManifest, triggerManifest } from '../support/manifests.ts';
import { Counts } from '../support/numbers.ts';
import { note } from '../support/progress.ts';
import { type BenchResult, rowOf } from '../support/result.ts';
import { arrived, connections } from '../support/round.ts';
import { generate, startSink } from '../support/sinks.ts';
import { startSystem, using } from '../support/system.ts';
import { cpuMicroseconds, forgetPeak, memoryOf } from '../support/usage.ts';

export interface ReplayFigures {
  /** Of the live delivery before. */
  readonly liveCpuPerEvent: number;
  readonly rounds: readonly {
    readonly eventsPerSecond: number;
    readonly cpuPerEvent: number;
    readonly peakBytes: number;
  }[];
  readonly acknowledged: number;
  /** Over the live trigger and all that replayed. */
  readonly lost: number;
  readonly duplicates: number;
}

const FILL_MS_MAX = 3_600_000;

export function measureReplay(rounds: number, events: number): Promise<ReplayFigures> {
  return using(startSink(), (sink) =>
    using(startSystem(manifest(sink.url, 0)), async (system) => {
      const run = `replay${process.pid}`;
      await sink.begin({ run, events, targets: rounds + 1 });
      note(`replay: sending ${events} events`);
      const liveBefore = cpuMicroseconds(system.pid);
      const sent = await generate({ url: system.url, run, events, bodyBytes: 1024, connections }, FILL_MS_MAX);
      const acknowledged = Counts.decode(sent.acknowledged);
      await arrived(sink, acknowledged.distinct());
      const liveCpuPerEvent = (cpuMicroseconds(system.pid) - liveBefore) / events;
      const found: ReplayFigures['rounds'][number][] = [];
      for (let round = 1; round <= rounds; round++) {
        note(`replay: round ${round} of ${rounds}`);
        forgetPeak(system.pid);
        const before = cpuMicroseconds(system.pid);
        const startMicroseconds = sharedMicroseconds();
        system.apply(manifest(sink.url, round));
        const { lastAt } = await arrived(sink, acknowledged.distinct() * (round + 1));
        found.push({
          eventsPerSecond: (events / Math.max(1, lastAt - startMicroseconds)) * 1_000_000,
          cpuPerEvent: (cpuMicroseconds(system.pid) - before) / events,
          peakBytes: memoryOf(system.pid).peakBytes,
        });
      }
      const report = await sink.report();
      return {
        liveCpuPerEvent,
        rounds: found,
        acknowledged: acknowledged.distinct(),
        lost: acknowledged.missingFrom(Counts.decode(report.takenNumbers)).length,
        duplicates: report.received - report.distinct,
      };
    }),
  );
}

/** The live trigger and one for each replay so far. */
function manifest(sinkUrl: string, replays: number): string {
  return [
    brokerManifest({ annotations: roomForBacklog }),
    ...Array.from({ length: replays + 1 }, (_, n) =>
      triggerManifest({
        name: `target-${n}`,
        subscriber: `${sinkUrl}/t${n}`,
        ...(n > 0 ? { annotations: { 'millrace.dev/start': 'earliest' } } : {}),
      }),
    ),
  ].join('');
}

const MIB = 1_048_576;

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const events = quick ? 20_000 : 200_000;
  return resultOf(events, await measureReplay(quick ? 2 : 5, events));
}

export function resultOf(events: number, figures: ReplayFigures): BenchResult {
  const row = (label: string, unit: string, pick: (one: ReplayFigures['rounds'][number]) => number) =>
    rowOf(label, unit, figures.rounds.map(pick));
  return {
    name: `replay: ${events.toLocaleString('en')} events of 1 KiB that are in the log, to a trigger that begins at the start`,
    rows: [
      rowOf('live, before: CPU per event', 'µs', [figures.liveCpuPerEvent]),
      row('replay: CPU per event', 'µs', (one) => one.cpuPerEvent),
      row('replay: rate', 'events/s', (one) => one.eventsPerSecond),
      row('replay: peak resident memory', 'MiB', (one) => one.peakBytes / MIB),
      rowOf('lost', 'deliveries', [figures.lost]),
      rowOf('duplicates', 'deliveries', [figures.duplicates]),
    ],
    checks: [lostCheck(figures.lost, figures.acknowledged)],
  };
}

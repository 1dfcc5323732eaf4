/** A backlog of a million events, kept for a paused trigger, drained when it goes on: how fast, at what cost, in what memory. */
import { sharedMicroseconds } from '../processes/clock.ts';
import { backlogManifest, fill } from '../support/backlog.ts';
import { lostCheck } from '../support/contest.ts';
import { Counts } from '../support/numbers.ts';
import { note } from '../support/progress.ts';
import { type BenchResult, rowOf } from '../support/result.ts';
import { arrived } from '../support/round.ts';
import { startSink } from '../support/sinks.ts';
import { type SystemOptions, startSystem, using } from '../support/system.ts';
import { cpuMicroseconds, forgetPeak, memoryOf } from '../support/usage.ts';

export interface BacklogFigure {
  readonly fillPerSecond: number;
  readonly drainPerSecond: number;
  readonly drainCpuPerEvent: number;
  readonly fillPeakBytes: number;
  readonly drainPeakBytes: number;
  /** The part of it that no file is behind. */
  readonly drainedAnonymousBytes: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicates: number;
}

/** One backlog, in a process and a data directory of its own. */
export function measureBacklog(events: number, options: SystemOptions = {}): Promise<BacklogFigure> {
  return using(startSink(), (sink) =>
    using(startSystem(backlogManifest(sink.url, true), options), async (system) => {
      const run = `backlog${process.pid}`;
      note(`backlog: sending ${events} events`);
      const startMicroseconds = sharedMicroseconds();
      const acknowledged = await fill(system, sink, run, events);
      const filledMicroseconds = sharedMicroseconds();
      const fillPeakBytes = memoryOf(system.pid).peakBytes;
      note('backlog: the trigger goes on');
      forgetPeak(system.pid);
      const cpuBefore = cpuMicroseconds(system.pid);
      const resumedMicroseconds = sharedMicroseconds();
      system.apply(backlogManifest(sink.url, false));
      const report = await arrived(sink, acknowledged.distinct());
      const memory = memoryOf(system.pid);
      return {
        fillPerSecond: (events / (filledMicroseconds - startMicroseconds)) * 1_000_000,
        drainPerSecond: (report.taken / Math.max(1, report.lastAt - resumedMicroseconds)) * 1_000_000,
        drainCpuPerEvent: (cpuMicroseconds(system.pid) - cpuBefore) / events,
        fillPeakBytes,
        drainPeakBytes: memory.peakBytes,
        drainedAnonymousBytes: memory.anonymousBytes,
        acknowledged: acknowledged.distinct(),
        lost: acknowledged.missingFrom(Counts.decode(report.takenNumbers)).length,
        duplicates: report.received - report.distinct,
      };
    }),
  );
}

const MIB = 1_048_576;

export function backlogRows(name: string, figures: readonly BacklogFigure[]) {
  const row = (label: string, unit: string, pick: (one: BacklogFigure) => number) =>
    rowOf(`${name}: ${label}`, unit, figures.map(pick));
  return [
    row('rate while it grows', 'events/s', (one) => one.fillPerSecond),
    row('rate while it drains', 'events/s', (one) => one.drainPerSecond),
    row('CPU per event drained', 'µs', (one) => one.drainCpuPerEvent),
    row('peak resident memory while it grows', 'MiB', (one) => one.fillPeakBytes / MIB),
    row('peak resident memory while it drains', 'MiB', (one) => one.drainPeakBytes / MIB),
    row('of which heap and buffers at the end', 'MiB', (one) => one.drainedAnonymousBytes / MIB),
    row('lost', 'deliveries', (one) => one.lost),
    row('duplicates', 'deliveries', (one) => one.duplicates),
  ];
}

export function backlogLost(figures: readonly BacklogFigure[]) {
  const sum = (pick: (one: BacklogFigure) => number) => figures.reduce((total, one) => total + pick(one), 0);
  return lostCheck(
    sum((one) => one.lost),
    sum((one) => one.acknowledged),
  );
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const events = quick ? 50_000 : 1_000_000;
  return resultOf(events, [await measureBacklog(events)]);
}

export function resultOf(events: number, figures: readonly BacklogFigure[]): BenchResult {
  return {
    name: `backlog: ${events.toLocaleString('en')} events of 1 KiB kept for a paused trigger, then drained; one round`,
    rows: backlogRows('local log', figures),
    checks: [backlogLost(figures)],
  };
}

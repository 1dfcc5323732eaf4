/**
 * One round of load on one side: from the first event sent until each acknowledged one has arrived at each subscriber
 * that must get it, or nothing comes any more.
 *
 * R1. CPU time is that of the side's process and its threads, by the kernel's own account.
 * R2. What did not arrive is counted by number, and so is what came more than once.
 * R3. Generator and sink say what they used: a side's rate is its own only where neither of them was saturated.
 */
import type { LoadOptions } from '../processes/load.ts';
import type { SinkReport } from '../processes/sink.ts';
import { Counts } from './numbers.ts';
import { generate, type SinkProcess } from './sinks.ts';
import { until } from './until.ts';
import { cpuMicroseconds, forgetPeak, memoryOf, threadsBetween, threadsOf } from './usage.ts';

/** A process that takes events and delivers them to a sink. */
export interface Side {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  /** Subscribers that must get each event. */
  readonly targets: number;
}

export type RoundLoad = Omit<LoadOptions, 'url' | 'run'>;

export interface RoundFigure {
  readonly side: string;
  /** R1. */
  readonly cpuPerEvent: number;
  /** µs of CPU per event, by the name of the thread. */
  readonly threads: Readonly<Record<string, number>>;
  /** From the first event sent to the last one taken. */
  readonly eventsPerSecond: number;
  /** Of the busiest thread of the side, as a part of one core. */
  readonly busiestThread: number;
  /** R3, as parts of one core. */
  readonly generatorShare: number;
  readonly sinkShare: number;
  readonly generatorCpuPerEvent: number;
  readonly sinkCpuPerDelivery: number;
  /** Microseconds from the time an event was due until a subscriber had it; over all of the round. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  readonly answerP99: number;
  /** How late the generator was with its own schedule, p99 in µs: 0 in a closed loop. */
  readonly lateP99: number;
  /** Most resident memory within the round. */
  readonly peakBytes: number;
  readonly acknowledged: number;
  /** R2: deliveries. */
  readonly lost: number;
  readonly duplicates: number;
}

/** For a whole round; a stall ends it sooner. */
const ROUND_MS_MAX = 1_800_000;
/** As many as keep one process saturated: with 16 there are 85 % of the most. */
export const connections = 32;

let rounds = 0;

/** `stillMs`: how long nothing may come before it is given up. */
export async function measureRound(
  side: Side,
  sink: SinkProcess,
  load: RoundLoad,
  stillMs?: number,
): Promise<RoundFigure> {
  const run = `r${rounds++}x${process.pid}`;
  const { events } = load;
  await sink.begin({ run, events, targets: side.targets });
  const sinkBefore = await sink.progress();
  forgetPeak(side.pid);
  const cpuBefore = cpuMicroseconds(side.pid);
  const threadsBefore = threadsOf(side.pid);
  const sent = await generate({ ...load, url: side.url, run }, ROUND_MS_MAX);
  const acknowledged = Counts.decode(sent.acknowledged);
  const report = await arrived(sink, acknowledged.distinct() * side.targets, stillMs);
  const cpu = cpuMicroseconds(side.pid) - cpuBefore;
  const threads = threadsBetween(threadsBefore, threadsOf(side.pid));
  const elapsedMicroseconds = Math.max(1, report.lastAt - sent.startedAt, sent.elapsedMs * 1000);
  const [window] = report.windows;
  const { p50 = 0, p99 = 0, p999 = 0, max = 0 } = window && window.count > 0 ? window : {};
  return {
    side: side.name,
    cpuPerEvent: cpu / events,
    threads: Object.fromEntries(Object.entries(threads).map(([name, used]) => [name, used / events])),
    eventsPerSecond: (events / elapsedMicroseconds) * 1_000_000,
    busiestThread: Math.max(0, ...Object.values(threads)) / elapsedMicroseconds,
    generatorShare: sent.cpuMicroseconds / (sent.elapsedMs * 1000),
    sinkShare: (report.cpuMicroseconds - sinkBefore.cpuMicroseconds) / elapsedMicroseconds,
    generatorCpuPerEvent: sent.cpuMicroseconds / events,
    sinkCpuPerDelivery: (report.cpuMicroseconds - sinkBefore.cpuMicroseconds) / Math.max(1, report.received),
    latency: { p50, p99, p999, max },
    answerP99: sent.answerP99,
    lateP99: sent.lateP99,
    peakBytes: memoryOf(side.pid).peakBytes,
    acknowledged: acknowledged.distinct(),
    lost: acknowledged.missingFrom(Counts.decode(report.takenNumbers)).length,
    duplicates: report.received - report.distinct,
  };
}

/** Until the sink has taken so many deliveries, or nothing comes any more; then what it has. */
export async function arrived(sink: SinkProcess, deliveries: number, stillMs?: number): Promise<SinkReport> {
  await until(
    sink.progress,
    ({ taken }) => taken >= deliveries,
    ({ received }) => received,
    ROUND_MS_MAX,
    stillMs,
  );
  return sink.report();
}

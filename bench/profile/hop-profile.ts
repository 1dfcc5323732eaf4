/**
 * What each part of a hop costs, from V8's own profile of the real process, and of the bare hop in the same run: a table
 * by part, the CPU of each thread by the kernel's account, and a flame graph.
 *
 * H1. The profiler looks at where a thread is, also while it waits for a processor, and costs something itself. So what it
 *     saw gives each part's share, and the share is taken of what the kernel charged in a round without it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startListener } from '../support/child.ts';
import { lostCheck } from '../support/contest.ts';
import { fanOutManifest } from '../support/manifests.ts';
import { note } from '../support/progress.ts';
import { type BenchResult, type BenchRow, rowOf } from '../support/result.ts';
import { connections, measureRound, type RoundFigure, type Side } from '../support/round.ts';
import { type SinkProcess, startSink } from '../support/sinks.ts';
import { startSystem, using } from '../support/system.ts';
import { flameGraph } from './flame.ts';
import { Inspector, inspectorFlags, type ThreadProfile } from './inspector.ts';
import { idle, timesByPart } from './parts.ts';

export interface ProfilePlan {
  readonly events: number;
  readonly warmUpEvents: number;
  /** Where the flame graph goes. */
  readonly file: string;
}

export interface SideProfile {
  readonly side: string;
  /** Rounds of the same process without and with the profiler. */
  readonly plain: RoundFigure;
  readonly profiled: RoundFigure;
  readonly threads: readonly ThreadProfile[];
  /** µs an event of the threads that run JavaScript, see H1; the largest first. */
  readonly parts: readonly (readonly [string, number])[];
}

export async function measureProfile(plan: ProfilePlan): Promise<readonly SideProfile[]> {
  const profiles = await using(startSink(), async (sink) => {
    const bareInspector = await inspectorFlags();
    const inspector = await inspectorFlags();
    const program = fileURLToPath(import.meta.resolve('../baseline/bare-hop.ts'));
    return using(startListener(program, { subscriber: `${sink.url}/` }, bareInspector.flags), (bare) =>
      using(
        startSystem(fanOutManifest(sink.url, 1), { env: { NODE_OPTIONS: inspector.flags.join(' ') } }),
        async (system) => {
          const bareSide = { name: 'bare hop', pid: bare.pid, url: `${bare.url}/`, targets: 1 };
          const side = { name: 'millrace', pid: system.pid, url: system.url, targets: 1 };
          return [
            await profileSide(bareSide, bareInspector.port, sink, plan),
            await profileSide(side, inspector.port, sink, plan),
          ];
        },
      ),
    );
  });
  const ours = profiles.at(-1);
  if (ours) {
    mkdirSync(dirname(plan.file), { recursive: true });
    const title = 'millrace: one hop through the real process, local durable log, 1 KiB';
    writeFileSync(plan.file, flameGraph({ title, threads: ours.threads, events: plan.events }));
  }
  return profiles;
}

async function profileSide(side: Side, port: number, sink: SinkProcess, plan: ProfilePlan): Promise<SideProfile> {
  note(`hop profile: ${side.name}`);
  const load = { bodyBytes: 1024, connections };
  await measureRound(side, sink, { ...load, events: plan.warmUpEvents });
  const plain = await measureRound(side, sink, { ...load, events: plan.events });
  const inspector = await Inspector.connect(port);
  try {
    const { result: profiled, threads } = await inspector.profile(() =>
      measureRound(side, sink, { ...load, events: plan.events }),
    );
    const sums = new Map<string, number>();
    for (const { profile } of threads)
      for (const [part, time] of timesByPart(profile)) sums.set(part, (sums.get(part) ?? 0) + time);
    sums.delete(idle);
    // H1.
    const sampled = [...sums.values()].reduce((sum, time) => sum + time, 0);
    const charged = scripted(plain.threads);
    const parts = [...sums]
      .map(([part, time]) => [part, (time / Math.max(1, sampled)) * charged] as const)
      .sort(([, one], [, other]) => other - one);
    return { side: side.name, plain, profiled, threads, parts };
  } finally {
    inspector.close();
  }
}

/** Threads of V8, libuv and the inspector run none of the program's own functions. */
const helpers = /^(node-V8Worker|libuv-worker|DelayedTaskSche|SignalInspector|.*[iI]nspector)/;

/** What threads that run JavaScript used, in µs an event. */
function scripted(threads: RoundFigure['threads']): number {
  return Object.entries(threads)
    .filter(([name]) => !helpers.test(name))
    .reduce((sum, [, used]) => sum + used, 0);
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const file = join(import.meta.dirname, '..', 'results', 'hop-profile.html');
  const events = quick ? 20_000 : 100_000;
  const profiles = await measureProfile({ events, warmUpEvents: quick ? 20_000 : 60_000, file });
  const rows: BenchRow[] = [];
  for (const { side, plain, profiled, parts } of profiles) {
    rows.push(rowOf(`${side}: CPU per event, without the profiler`, 'µs', [plain.cpuPerEvent]));
    rows.push(rowOf(`${side}: CPU per event, with the profiler`, 'µs', [profiled.cpuPerEvent]));
    for (const [thread, used] of Object.entries(plain.threads))
      if (used >= 0.05) rows.push(rowOf(`${side}: thread ${thread}, without the profiler`, 'µs', [used]));
    for (const [part, used] of parts) rows.push(rowOf(`${side}: ${part}`, 'µs', [used]));
  }
  note(`hop profile: the flame graph is in ${file}`);
  const figures = profiles.flatMap(({ plain, profiled }) => [plain, profiled]);
  const sum = (pick: (one: RoundFigure) => number) => figures.reduce((total, one) => total + pick(one), 0);
  return {
    name: 'hop, profile: µs of CPU an event by part, sampled, beside the bare hop; 1 KiB, closed loop',
    rows,
    checks: [
      lostCheck(
        sum((one) => one.lost),
        sum((one) => one.acknowledged),
      ),
    ],
  };
}

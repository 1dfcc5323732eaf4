/**
 * Runs of the isolation scenario.
 *
 * I1. Each run has a new process of the system under test and a new data directory; the sides take turns.
 * I2. Events that are sent before the first window count for everything but latency.
 * I3. The black hole is healed only when the healthy one has everything, and what is judged is judged by number.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startServer, temporaryFolder } from '../../test/support/millrace.ts';
import type { SinkReport } from '../processes/sink.ts';
import { scrape, sumOf } from '../support/metrics.ts';
import { Counts } from '../support/numbers.ts';
import { note } from '../support/progress.ts';
import { replaceFile } from '../support/replace.ts';
import { generate, type SinkProcess, startSink } from '../support/sinks.ts';
import { until } from '../support/until.ts';
import { cpuMicroseconds, type MemoryWatch, watchMemory } from '../support/usage.ts';
import { manifest, type Sinks } from './manifest.ts';
import type { IsolationPlan, IsolationRun, SickOutcome } from './outcome.ts';

const BODY_BYTES = 1024;
const CONNECTIONS = 64;
/** After the load has ended: time for what is still to be delivered. */
const DRAIN_MS_MAX = 600_000;

export async function measureIsolation(plan: IsolationPlan): Promise<readonly IsolationRun[]> {
  const sinks: Sinks = {
    healthy: await startSink('take'),
    black: await startSink('hold'),
    failing: await startSink('fail'),
  };
  const runs: IsolationRun[] = [];
  try {
    for (let round = 0; round < plan.rounds; round++) {
      const sides: readonly IsolationRun['side'][] = round % 2 === 0 ? ['alone', 'beside'] : ['beside', 'alone'];
      for (const side of sides) {
        note(`isolation: round ${round + 1} of ${plan.rounds}, ${side}, ${plan.warmUpSeconds + plan.seconds} s`);
        runs.push(await oneRun(side, `${round}-${side}`, sinks, plan));
      }
    }
  } finally {
    await Promise.all([sinks.healthy.stop(), sinks.black.stop(), sinks.failing.stop()]);
  }
  return runs;
}

async function oneRun(
  side: IsolationRun['side'],
  run: string,
  sinks: Sinks,
  plan: IsolationPlan,
): Promise<IsolationRun> {
  const events = (plan.warmUpSeconds + plan.seconds) * plan.rate;
  const sinkPlan = { run, events, first: plan.warmUpSeconds * plan.rate, window: plan.windowSeconds * plan.rate };
  await Promise.all([
    sinks.healthy.begin(sinkPlan),
    sinks.black.begin({ run, events }),
    sinks.failing.begin({ run, events }),
  ]);
  await sinks.black.behave('hold');
  const folder = temporaryFolder();
  let server: Server | undefined;
  let memory: MemoryWatch | undefined;
  try {
    const file = join(folder.path, 'manifest.yaml');
    writeFileSync(file, manifest(side, sinks, plan));
    server = await startServer(['-f', file, '--quiet'], join(folder.path, 'data'));
    memory = watchMemory(server.pid);
    const url = `${server.dataUrl}/default/default`;
    const cpuBefore = cpuMicroseconds(server.pid);
    const load = await generate(
      { url, run, events, bodyBytes: BODY_BYTES, connections: CONNECTIONS, rate: plan.rate },
      (plan.warmUpSeconds + plan.seconds) * 1000 + 60_000,
    );
    const cpuCores = (cpuMicroseconds(server.pid) - cpuBefore) / (load.elapsedMs * 1000);
    const acknowledged = Counts.decode(load.acknowledged);
    const report = await drained(sinks.healthy, acknowledged);
    const taken = Counts.decode(report.takenNumbers);
    const sick =
      side === 'beside'
        ? await heal(server, sinks, acknowledged, () => {
            if (plan.hurryFailing) replaceFile(file, manifest(side, sinks, plan, '{ timeout: PT5S, retry: 0 }'));
          })
        : undefined;
    const { resident, anonymous, mapped } = memory.stop();
    return {
      side,
      acknowledged: acknowledged.distinct(),
      windows: report.windows,
      answerP99: load.answerP99,
      lateP99: load.lateP99,
      cpuCores,
      residentBytesMax: resident,
      anonymousBytesMax: anonymous,
      mappedBytesMax: mapped,
      healthyMissing: acknowledged.missingFrom(taken).length,
      healthyRepeated: report.received - report.distinct,
      ...(sick ? { sick } : {}),
    };
  } finally {
    memory?.stop();
    server?.kill('SIGKILL');
    await server?.exited;
    folder.remove();
  }
}

/** Until a sink has taken all that was acknowledged, or nothing comes any more; then what it has. */
async function drained(sink: SinkProcess, acknowledged: Counts): Promise<SinkReport> {
  const wanted = acknowledged.distinct();
  await until(
    sink.progress,
    ({ taken }) => taken >= wanted,
    ({ received }) => received,
    DRAIN_MS_MAX,
  );
  return sink.report();
}

async function heal(
  server: Server,
  sinks: Sinks,
  acknowledged: Counts,
  hurryFailing: () => void,
): Promise<SickOutcome> {
  const before = await sinks.black.report();
  const startMs = performance.now();
  await sinks.black.behave('take');
  const after = await drained(sinks.black, acknowledged);
  const healedMs = performance.now() - startMs;
  note(`isolation: the black hole was healed and took ${after.taken} events in ${(healedMs / 1000).toFixed(1)} s`);
  hurryFailing();
  const wanted = acknowledged.distinct();
  const failingDeadLettered = await until(
    () => deadLettered(server, 'failing'),
    (count) => count >= wanted,
    (count) => count,
    DRAIN_MS_MAX,
  );
  const failing = await sinks.failing.report();
  return {
    takenBlack: before.taken,
    heldRequests: before.received,
    missingHealed: acknowledged.missingFrom(Counts.decode(after.takenNumbers)).length,
    blackDeadLettered: await deadLettered(server, 'black-hole'),
    healedMs,
    failingSeen: failing.distinct,
    failingDeadLettered,
    failingAttempts: failing.received,
  };
}

async function deadLettered(server: Server, name: string): Promise<number> {
  return sumOf(await scrape(server.apiUrl), 'millrace_events_dead_lettered_total', { trigger: name });
}

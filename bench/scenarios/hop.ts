/**
 * What one event costs on its way through one process: accepted, made durable, matched by one trigger, delivered;
 * beside the bare hop, which keeps nothing and knows nothing.
 *
 * CPU time, user and system, of the process under test from the first event sent to the last one delivered, at
 * saturation: a closed loop. Both processes are up all the time and take turns, after a round that warms both up.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startServer, temporaryFolder } from '../../test/support/millrace.ts';
import { type Child, startListener } from '../support/child.ts';
import { Counts } from '../support/numbers.ts';
import { note } from '../support/progress.ts';
import { type BenchResult, rowOf } from '../support/result.ts';
import { generate, type SinkProcess, startSink } from '../support/sinks.ts';
import { until } from '../support/until.ts';
import { cpuMicroseconds } from '../support/usage.ts';

export interface HopPlan {
  readonly rounds: number;
  readonly events: number;
  readonly warmUpEvents: number;
}

export interface HopFigure {
  readonly side: 'bare hop' | 'millrace';
  readonly cpuMicrosecondsPerEvent: number;
  /** From the first event sent to the last one delivered. */
  readonly eventsPerSecond: number;
  readonly acknowledged: number;
  readonly missing: number;
}

interface Side {
  readonly name: HopFigure['side'];
  readonly pid: number;
  readonly url: string;
}

const BODY_BYTES = 1024;
const CONNECTIONS = 32;
const RUN_MS_MAX = 300_000;

const manifest = (subscriber: string) => `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default }
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: all }
spec:
  broker: default
  subscriber: { uri: "${subscriber}/" }
`;

/** Each figure of each round, in the order they were measured. */
export async function measureHop(plan: HopPlan): Promise<readonly HopFigure[]> {
  const folder = temporaryFolder();
  const sink = await startSink('take');
  let bare: (Child & { readonly url: string }) | undefined;
  let server: Server | undefined;
  try {
    const file = join(folder.path, 'manifest.yaml');
    writeFileSync(file, manifest(sink.url));
    bare = await startListener(join(import.meta.dirname, '..', 'baseline', 'bare-hop.ts'), {
      subscriber: `${sink.url}/`,
    });
    server = await startServer(['-f', file, '--quiet'], join(folder.path, 'data'));
    const sides: readonly Side[] = [
      { name: 'bare hop', pid: bare.pid, url: `${bare.url}/` },
      { name: 'millrace', pid: server.pid, url: `${server.dataUrl}/default/default` },
    ];
    const figures: HopFigure[] = [];
    for (let round = -1; round < plan.rounds; round++) {
      note(round < 0 ? 'hop: warm-up' : `hop: round ${round + 1} of ${plan.rounds}`);
      const events = round < 0 ? plan.warmUpEvents : plan.events;
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const figure = await measure(side, sink, `hop${round}-${side.pid}`, events);
        if (round >= 0) figures.push(figure);
      }
    }
    return figures;
  } finally {
    server?.kill('SIGKILL');
    await server?.exited;
    await bare?.stop();
    await sink.stop();
    folder.remove();
  }
}

async function measure(side: Side, sink: SinkProcess, run: string, events: number): Promise<HopFigure> {
  await sink.begin({ run, events });
  const cpuBefore = cpuMicroseconds(side.pid);
  const startMs = performance.now();
  const load = await generate(
    { url: side.url, run, events, bodyBytes: BODY_BYTES, connections: CONNECTIONS },
    RUN_MS_MAX,
  );
  const acknowledged = Counts.decode(load.acknowledged);
  const wanted = acknowledged.distinct();
  const report = await until(
    sink.report,
    ({ taken }) => taken >= wanted,
    ({ received }) => received,
    RUN_MS_MAX,
  );
  const elapsedMs = performance.now() - startMs;
  return {
    side: side.name,
    cpuMicrosecondsPerEvent: (cpuMicroseconds(side.pid) - cpuBefore) / events,
    eventsPerSecond: (events / elapsedMs) * 1000,
    acknowledged: wanted,
    missing: acknowledged.missingFrom(Counts.decode(report.takenNumbers)).length,
  };
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const figures = await measureHop(
    quick ? { rounds: 3, events: 20_000, warmUpEvents: 20_000 } : { rounds: 7, events: 60_000, warmUpEvents: 60_000 },
  );
  const of = (side: HopFigure['side']) => figures.filter((one) => one.side === side);
  const [bare, ours] = [of('bare hop'), of('millrace')];
  const cpu = (list: readonly HopFigure[]) => list.map((one) => one.cpuMicrosecondsPerEvent);
  const rate = (list: readonly HopFigure[]) => list.map((one) => one.eventsPerSecond);
  const acknowledged = figures.reduce((sum, one) => sum + one.acknowledged, 0);
  const missing = figures.reduce((sum, one) => sum + one.missing, 0);
  return {
    name: 'hop: local durable log and one matching trigger beside the bare hop (to reach: ≤ 1.5 of its CPU)',
    rows: [
      rowOf('bare hop', 'µs CPU/event', cpu(bare)),
      rowOf('millrace', 'µs CPU/event', cpu(ours)),
      rowOf(
        'millrace ÷ bare hop, by round',
        '×',
        cpu(ours).map((figure, round) => figure / (cpu(bare)[round] ?? Number.NaN)),
      ),
      rowOf('bare hop, closed loop', 'events/s', rate(bare)),
      rowOf('millrace, closed loop', 'events/s', rate(ours)),
    ],
    checks: [
      {
        what: 'acknowledged events that did not arrive',
        bar: '0',
        got: `${missing} of ${acknowledged}`,
        holds: missing === 0,
      },
    ],
  };
}

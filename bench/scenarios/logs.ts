/**
 * The same hop on the log of each kind: the local one, Kafka, NATS JetStream; and a backlog on Kafka. CPU is that of our
 * process only: what the servers need comes beside it. A server that cannot be had on this machine is said so, and the
 * run is not complete.
 */
import {
  type KafkaServer,
  kafkaServers,
  type NatsServer,
  natsServers,
  startKafka,
  startNats,
} from '../../test/servers/index.ts';
import {
  type Contender,
  type ContestPlan,
  contest,
  figuresOf,
  ratioRow,
  type SideFigures,
  sideRows,
  validity,
} from '../support/contest.ts';
import { fanOutManifest } from '../support/manifests.ts';
import { note } from '../support/progress.ts';
import { atMost, type BenchCheck, type BenchResult, type BenchRow, rowOf } from '../support/result.ts';
import { connections } from '../support/round.ts';
import { startSink } from '../support/sinks.ts';
import { type System, startSystem, using } from '../support/system.ts';
import { cpuMicroseconds, residentBytes } from '../support/usage.ts';
import { type BacklogFigure, backlogLost, backlogRows, measureBacklog } from './backlog.ts';
import { openRate } from './hop.ts';

const RATIO_MAX = 1.5;
/**
 * Of the closed loop, for each side. A server that flushes each message (`sync_interval: always`) answers after some 8 ms: with the 32
 * connections that saturate the local log our process would wait for it most of the time, and CPU per event would be what
 * its wake-ups cost. That is measured as well, and stands beside it.
 */
const saturatingConnections = 256;
const MIB = 1_048_576;

interface LogServer {
  readonly name: 'Kafka' | 'JetStream';
  /** As `--log` takes it. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface LogsFigures {
  readonly sides: readonly SideFigures[];
  /** With as few connections as saturate the local log; the others wait for their servers. */
  readonly waiting: readonly SideFigures[];
  /** What the servers used, per event of all rounds, and hold. */
  readonly servers: readonly { readonly name: string; readonly cpuPerEvent: number; readonly residentBytes: number }[];
  readonly backlog: readonly BacklogFigure[];
  /** Why a log could not be measured. */
  readonly absent: readonly string[];
}

export async function measureLogs(plan: ContestPlan, backlogEvents: number): Promise<LogsFigures> {
  const { servers, absent } = await startServers();
  const systems: System[] = [];
  try {
    return await using(startSink(), async (sink) => {
      const manifest = fanOutManifest(sink.url, 1);
      const sides: Contender[] = [];
      const add = async (name: string, log: string) => {
        const system = await startSystem(manifest, { log });
        systems.push(system);
        sides.push({ name, pid: system.pid, url: system.url, targets: 1 });
      };
      await add('local log', 'local');
      for (const { name, url } of servers) await add(name, url);
      const before = servers.map(({ pid }) => cpuMicroseconds(pid));
      const { open, ...closed } = plan;
      const figures = await contest('logs', sides, sink, { ...closed, connections: saturatingConnections });
      const events = plan.warmUpEvents + plan.rounds * plan.events;
      const used = servers.map(({ name, pid }, index) => ({
        name,
        cpuPerEvent: (cpuMicroseconds(pid) - (before[index] ?? 0)) / events,
        residentBytes: residentBytes(pid),
      }));
      const few = `logs, ${connections} connections`;
      const waiting = await contest(few, sides, sink, open === undefined ? closed : { ...closed, open });
      // Each process ends before the backlog begins: what is measured then is alone on the machine.
      for (const system of systems.splice(0)) await system.stop();
      const kafka = servers.find(({ name }) => name === 'Kafka');
      const backlog = kafka && backlogEvents > 0 ? [await measureBacklog(backlogEvents, { log: kafka.url })] : [];
      return { sides: figures, waiting, servers: used, backlog, absent };
    });
  } finally {
    for (const system of systems) await system.stop();
    for (const server of servers) await server.stop();
  }
}

async function startServers(): Promise<{ servers: readonly LogServer[]; absent: readonly string[] }> {
  const servers: LogServer[] = [];
  const absent: string[] = [];
  const take = (name: LogServer['name'], server: KafkaServer | NatsServer) =>
    servers.push({ name, url: server.url, pid: server.pid, stop: () => server.stop() });
  note('logs: starting Kafka and NATS');
  const kafka = await kafkaServers();
  if (kafka.kind === 'available') take('Kafka', await startKafka());
  else absent.push(kafka.reason);
  const nats = await natsServers();
  if (nats.kind === 'available') take('JetStream', await startNats());
  else absent.push(nats.reason);
  return { servers, absent };
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const figures = quick
    ? await measureLogs({ rounds: 3, events: 10_000, warmUpEvents: 10_000 }, 20_000)
    : await measureLogs(
        { rounds: 5, events: 40_000, warmUpEvents: 40_000, open: { rate: openRate, events: 20_000 } },
        500_000,
      );
  return resultOf(figures);
}

export function resultOf({ sides, waiting, servers, backlog, absent }: LogsFigures): BenchResult {
  const few = (name: string) => `${name}, ${connections} connections`;
  const rows: BenchRow[] = [...sides, ...waiting.map((one) => ({ ...one, side: few(one.side) }))].flatMap(sideRows);
  const checks: BenchCheck[] = [...validity([...sides, ...waiting])];
  const local = figuresOf(sides, 'local log');
  for (const { name, cpuPerEvent, residentBytes: resident } of servers) {
    const ratio = ratioRow(`${name} ÷ local log, CPU of our process per event`, figuresOf(sides, name), local);
    const [ours, theirs] = [figuresOf(waiting, name), figuresOf(waiting, 'local log')];
    const hasOpen = ours.open.length > 0;
    rows.push(
      rowOf(`${name}, the server: CPU per event`, 'µs', [cpuPerEvent]),
      rowOf(`${name}, the server: resident memory`, 'MiB', [resident / MIB]),
      ratio,
      ratioRow(few(ratio.label), ours, theirs),
      ...(hasOpen ? [ratioRow(`${ratio.label}, each at ${openRate} events/s`, ours, theirs, 'open')] : []),
    );
    checks.push(atMost(ratio, RATIO_MAX));
  }
  if (backlog.length > 0) {
    rows.push(...backlogRows('backlog on Kafka', backlog));
    checks.push(backlogLost(backlog));
  }
  for (const reason of absent)
    checks.push({ kind: 'believed', what: 'both servers are there', bar: 'both', got: reason, holds: false });
  return {
    name: `logs: one hop on the local log, Kafka and JetStream, ${saturatingConnections} connections; 1 KiB, latency at ${openRate} events/s`,
    rows,
    checks,
  };
}

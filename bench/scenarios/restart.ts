/**
 * A process that is killed with a backlog of a million events in its log: how long until it is ready again and what
 * memory it needs, beside the same with an empty log. At the end the backlog is drained, and all of it has to be there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { backlogManifest, fill } from '../support/backlog.ts';
import { lostCheck } from '../support/contest.ts';
import { Counts } from '../support/numbers.ts';
import { note } from '../support/progress.ts';
import { type BenchResult, type BenchRow, rowOf } from '../support/result.ts';
import { arrived } from '../support/round.ts';
import { startSink } from '../support/sinks.ts';
import { type System, startSystem, using } from '../support/system.ts';
import { memoryOf } from '../support/usage.ts';

export interface RestartPlan {
  readonly rounds: number;
  readonly events: number;
  /** How long it rests before its memory is looked at. */
  readonly idleMs: number;
}

interface Restart {
  readonly readyMs: number;
  readonly peakBytes: number;
  readonly idleBytes: number;
}

export interface RestartFigures {
  readonly empty: readonly Restart[];
  readonly filled: readonly Restart[];
  readonly acknowledged: number;
  readonly lost: number;
}

export function measureRestart(plan: RestartPlan): Promise<RestartFigures> {
  return using(startSink(), (sink) =>
    using(startSystem(backlogManifest(sink.url, true)), (empty) =>
      using(startSystem(backlogManifest(sink.url, true)), async (filled) => {
        note(`restart: sending ${plan.events} events`);
        const acknowledged = await fill(filled, sink, `restart${process.pid}`, plan.events);
        const found: { empty: Restart[]; filled: Restart[] } = { empty: [], filled: [] };
        for (let round = 0; round < plan.rounds; round++) {
          note(`restart: round ${round + 1} of ${plan.rounds}`);
          found.empty.push(await restarted(empty, plan.idleMs));
          found.filled.push(await restarted(filled, plan.idleMs));
        }
        filled.apply(backlogManifest(sink.url, false));
        const report = await arrived(sink, acknowledged.distinct());
        const lost = acknowledged.missingFrom(Counts.decode(report.takenNumbers)).length;
        return { ...found, acknowledged: acknowledged.distinct(), lost };
      }),
    ),
  );
}

async function restarted(system: System, idleMs: number): Promise<Restart> {
  const readyMs = await system.restart();
  await sleep(idleMs);
  const { peakBytes, residentBytes } = memoryOf(system.pid);
  return { readyMs, peakBytes, idleBytes: residentBytes };
}

const MIB = 1_048_576;

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const plan = quick ? { rounds: 3, events: 50_000, idleMs: 1_000 } : { rounds: 5, events: 1_000_000, idleMs: 3_000 };
  return resultOf(plan, await measureRestart(plan));
}

export function resultOf(plan: RestartPlan, figures: RestartFigures): BenchResult {
  const rows: BenchRow[] = [];
  for (const [name, list] of [['empty log', figures.empty] as const, ['backlog', figures.filled] as const]) {
    const add = (label: string, unit: string, pick: (one: Restart) => number) =>
      rows.push(rowOf(`${name}: ${label}`, unit, list.map(pick)));
    add('from the command to ready', 'ms', (one) => one.readyMs);
    add('peak resident memory', 'MiB', (one) => one.peakBytes / MIB);
    add('resident memory when it rests', 'MiB', (one) => one.idleBytes / MIB);
  }
  return {
    name: `restart: after kill -9 with ${plan.events.toLocaleString('en')} events of 1 KiB waiting, beside an empty log`,
    rows,
    checks: [lostCheck(figures.lost, figures.acknowledged)],
  };
}

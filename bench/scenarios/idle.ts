/** What a process needs that has nothing to do: everything in one process with one trigger, and with 1,000 more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { filterKinds, MATCHING } from '../support/filters.ts';
import { brokerManifest, triggerManifest } from '../support/manifests.ts';
import { note } from '../support/progress.ts';
import { atMost, type BenchResult, type BenchRow, rowOf } from '../support/result.ts';
import { type System, startSystem } from '../support/system.ts';
import { cpuMicroseconds, memoryOf } from '../support/usage.ts';

const RESIDENT_MIB_MAX = 120;
const ADDED_MIB_MAX = 10;
const MIB = 1_048_576;

export interface IdlePlan {
  readonly rounds: number;
  /** Triggers beside the first one. */
  readonly added: number;
  /** Time for what a start leaves behind to be done with, and then to look at. */
  readonly idleMs: number;
}

export interface IdleFigure {
  readonly triggers: number;
  readonly residentBytes: number;
  readonly anonymousBytes: number;
  /** Of one core while it rests. */
  readonly cpuShare: number;
}

/** A process is started on a data directory that has the objects already, as any but the first start does. */
export async function measureIdle(plan: IdlePlan): Promise<readonly IdleFigure[]> {
  const counts = [1, 1 + plan.added];
  const systems: System[] = [];
  try {
    for (const count of counts) {
      const system = await startSystem(manifest(count));
      systems.push(system);
      await sleep(plan.idleMs);
      // Node keeps what it compiled when a process ends in order: without, each start compiles as the first one after an update.
      await system.restart('SIGTERM');
    }
    const figures: IdleFigure[] = [];
    for (let round = 0; round < plan.rounds; round++) {
      note(`idle: round ${round + 1} of ${plan.rounds}`);
      for (const [index, system] of systems.entries())
        figures.push(await rest(system, counts[index] ?? 0, plan.idleMs));
    }
    return figures;
  } finally {
    for (const system of systems) await system.stop();
  }
}

function manifest(count: number): string {
  const filterOf = filterKinds.find(({ name }) => name === 'mixed')?.filterOf;
  return [
    brokerManifest(),
    ...Array.from({ length: count }, (_, n) =>
      triggerManifest({
        name: `trigger-${n}`,
        subscriber: `http://127.0.0.1:9/${n}`,
        ...(filterOf ? { filter: filterOf(n + MATCHING) } : {}),
      }),
    ),
  ].join('');
}

async function rest(system: System, triggers: number, idleMs: number): Promise<IdleFigure> {
  await system.restart();
  await sleep(idleMs);
  const before = cpuMicroseconds(system.pid);
  await sleep(idleMs);
  const { residentBytes, anonymousBytes } = memoryOf(system.pid);
  return {
    triggers,
    residentBytes,
    anonymousBytes,
    cpuShare: (cpuMicroseconds(system.pid) - before) / (idleMs * 1000),
  };
}

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const added = 1_000;
  return resultOf(added, await measureIdle({ rounds: quick ? 2 : 5, added, idleMs: 3_000 }));
}

export function resultOf(added: number, figures: readonly IdleFigure[]): BenchResult {
  const rows: BenchRow[] = [];
  const row = (triggers: number, label: string, unit: string, pick: (one: IdleFigure) => number) => {
    const mine = figures.filter((one) => one.triggers === triggers);
    const made = rowOf(
      `${triggers.toLocaleString('en')} trigger${triggers === 1 ? '' : 's'}: ${label}`,
      unit,
      mine.map(pick),
    );
    rows.push(made);
    return made;
  };
  const resident = [1, 1 + added].map((triggers) => {
    row(triggers, 'CPU while it rests', '% of a core', (one) => one.cpuShare * 100);
    row(triggers, 'of which heap and buffers', 'MiB', (one) => one.anonymousBytes / MIB);
    return row(triggers, 'resident memory', 'MiB', (one) => one.residentBytes / MIB);
  });
  const [alone, many] = resident as [BenchRow, BenchRow];
  // Rounds of two processes have nothing to do with each other: what is compared is the middle of each.
  const more = rowOf(`added by ${added.toLocaleString('en')} idle triggers`, 'MiB', [many.median - alone.median]);
  return {
    name: 'idle: resident memory with nothing to do; the process was started on data that were there',
    rows: [...rows, more],
    checks: [atMost(alone, RESIDENT_MIB_MAX, 'idle'), atMost(more, ADDED_MIB_MAX, 'idleTriggers')],
  };
}

/** All scenarios, in the order in which a full run does them. */
import type { BenchResult } from '../support/result.ts';

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Whether `pnpm bench --quick` without names runs it: it answers one of the numbers to hold. */
  readonly inQuickRun?: true;
  load(): Promise<{ run(options: { readonly quick: boolean }): Promise<BenchResult> }>;
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'ceiling',
    about: 'what generator and sink can do without anything between them',
    load: () => import('./ceiling.ts'),
  },
  {
    name: 'hop',
    about: 'one event through one process, beside the bare hop',
    inQuickRun: true,
    load: () => import('./hop.ts'),
  },
  { name: 'memory', about: 'the same hop with the log in memory', load: () => import('./memory.ts') },
  {
    name: 'fan-out',
    about: '1 to 50 triggers that all match, beside a bare undici post',
    inQuickRun: true,
    load: () => import('./fan-out.ts'),
  },
  {
    name: 'triggers',
    about: '1 to 10,000 triggers of which one matches, through the real process',
    inQuickRun: true,
    load: () => import('./triggers.ts'),
  },
  {
    name: 'matching',
    about: '10,000 filters of which one matches, the index alone',
    load: () => import('./matching.ts'),
  },
  { name: 'append', about: 'durable appends to the local log', load: () => import('./append.ts') },
  { name: 'sizes', about: '100 bytes, 1 KiB, 64 KiB and 1 MiB of data', load: () => import('./sizes.ts') },
  { name: 'structured', about: 'structured mode in, binary mode out', load: () => import('./structured.ts') },
  { name: 'slow', about: 'a subscriber that needs 400 ms, behind 20 triggers', load: () => import('./slow.ts') },
  {
    name: 'idle',
    about: 'resident memory with nothing to do, and of 1,000 idle triggers',
    inQuickRun: true,
    load: () => import('./idle.ts'),
  },
  { name: 'replay', about: 'a trigger that begins at the start of a kept log', load: () => import('./replay.ts') },
  { name: 'backlog', about: 'a backlog of 1,000,000 events drained', load: () => import('./backlog.ts') },
  { name: 'restart', about: 'a start with 1,000,000 events waiting', load: () => import('./restart.ts') },
  {
    name: 'crash',
    about: 'kill -9 under load: nothing lost, few duplicates',
    inQuickRun: true,
    load: () => import('./crash.ts'),
  },
  {
    name: 'isolation',
    about: 'a healthy subscriber beside a black hole and one that always fails',
    load: () => import('./isolation.ts'),
  },
  { name: 'leak', about: '5,000,000 events with triggers that come and go', load: () => import('./leak.ts') },
  {
    name: 'workers',
    about: 'threads that take in and deliver: none, one and two',
    load: () => import('./workers.ts'),
  },
  { name: 'logs', about: 'the hop on the local log, Kafka and JetStream', load: () => import('./logs.ts') },
];

/**
 * Logs that break one clause each must fail the cases of that clause: this shows that the contract can fail.
 * The first entry runs the same cases on a sound log, so that a failure is known to come from the fault.
 */
import { describe, expect, it } from 'vitest';
import type { AppendOutcome, CommitOutcome, CursorCommit, EventLog, LogStore, NewRecord } from '../../src/log/log.ts';
import type { MemoryLogStore } from '../../src/log/memory/index.ts';
import { type LogHarness, runLogCase } from './contract.ts';
import { memoryHarness } from './worlds.ts';

/** A log whose methods are those of another, but for those replaced. */
function altered(log: EventLog, changes: (log: EventLog) => Partial<EventLog>): EventLog {
  const methods = changes(log);
  return new Proxy(log, {
    get(target, name) {
      const value = (name in methods ? methods : target)[name as keyof EventLog];
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

function brokenHarness(changes: (log: EventLog) => Partial<EventLog>): LogHarness {
  const wrap = (memory: MemoryLogStore): LogStore => {
    const known = new Map<EventLog, EventLog>();
    return new Proxy<LogStore>(memory, {
      get(target, name) {
        if (name === 'open') {
          return async (...args: Parameters<LogStore['open']>) => {
            const log = await target.open(...args);
            const found = known.get(log) ?? altered(log, changes);
            known.set(log, found);
            return found;
          };
        }
        const value = target[name as keyof LogStore];
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
      },
    });
  };
  return memoryHarness(undefined, wrap);
}

interface Canary {
  readonly breaks: string;
  readonly cases: readonly string[];
  readonly changes: (log: EventLog) => Partial<EventLog>;
}

const canaries: readonly Canary[] = [
  {
    breaks: 'append resolves before the records are durable',
    cases: ['L1: what append acknowledged', 'onAppend: called when'],
    changes: (log) => ({
      async append(records: readonly NewRecord[]): Promise<AppendOutcome> {
        void new Promise((resolve) => setTimeout(resolve, 5)).then(() => log.append(records));
        return { kind: 'appended', positions: records.map((_, offset) => ({ partition: 0, offset })) };
      },
    }),
  },
  {
    breaks: 'the records of one call are appended one by one',
    cases: ['L1: records of one call'],
    changes: (log) => ({
      async append(records: readonly NewRecord[]): Promise<AppendOutcome> {
        const positions = [];
        for (const record of records) {
          const outcome = await log.append([record]);
          if (outcome.kind !== 'appended') return outcome;
          positions.push(...outcome.positions);
        }
        return { kind: 'appended', positions };
      },
    }),
  },
  {
    breaks: 'pending offsets are not stored',
    cases: ['L4: a commit is durable', 'L5: a pending offset', 'cursors: many pending'],
    changes: (log) => ({
      commit: (change: CursorCommit): Promise<CommitOutcome> =>
        log.commit({ ...change, put: change.put.map((state) => ({ ...state, pending: [] })) }),
    }),
  },
  {
    breaks: 'the detached flag is not stored',
    cases: ['L5: an attached cursor is past', 'cursors: a detached one'],
    changes: (log) => ({
      commit: (change: CursorCommit) =>
        log.commit({ ...change, put: change.put.map((state) => ({ ...state, detached: false })) }),
    }),
  },
  {
    breaks: 'a commit is stored in pieces',
    cases: ['L4: a commit that a crash cut off'],
    changes: (log) => ({
      async commit(change: CursorCommit): Promise<CommitOutcome> {
        for (const state of change.put) await log.commit({ put: [state], remove: [], readUpTo: [] });
        return log.commit({ ...change, put: [] });
      },
    }),
  },
  {
    breaks: 'an earlier commit overtakes a later one',
    cases: ['L4: a later commit is never overtaken'],
    changes: (log) => {
      let count = 0;
      return {
        async commit(change: CursorCommit): Promise<CommitOutcome> {
          count += 1;
          if (count % 10 === 7) await new Promise((resolve) => setTimeout(resolve, 5));
          return log.commit(change);
        },
      };
    },
  },
  {
    breaks: 'cursors hold nothing',
    cases: ['L5: age never takes', 'L5: when nothing can go', 'L5: a pending offset'],
    changes: (log) => ({
      commit: (change: CursorCommit) =>
        log.commit({ ...change, put: change.put.map((state) => ({ ...state, seenUpTo: 2 ** 40, pending: [] })) }),
    }),
  },
  {
    breaks: 'a removed cursor stays',
    cases: ['cursors: a removed one is gone', 'cursors: put, remove and put again'],
    changes: (log) => ({ commit: (change: CursorCommit) => log.commit({ ...change, remove: [] }) }),
  },
  {
    breaks: 'a read leaves out a record',
    cases: ['L3: read gives records', 'L2: a record is read at'],
    changes: (log) => ({
      async read(partition, from, limit) {
        const outcome = await log.read(partition, from, limit);
        if (outcome.kind !== 'records') return outcome;
        return { ...outcome, records: outcome.records.filter((_, at) => at !== 0 || outcome.records.length === 100) };
      },
    }),
  },
  {
    breaks: 'empty data becomes no data',
    cases: ['L3: what is read is exactly'],
    changes: (log) => ({
      append: (records: readonly NewRecord[]) =>
        log.append(
          records.map((record) => {
            const { data, ...event } = record.event;
            return data?.byteLength === 0 ? { ...record, event } : record;
          }),
        ),
    }),
  },
  {
    breaks: 'the byte limit of a read is not kept',
    cases: ['read limits: no more records'],
    changes: (log) => ({ read: (partition, from, limit) => log.read(partition, from, { ...limit, bytes: 2 ** 40 }) }),
  },
];

describe('the log contract can fail', () => {
  it.each(canaries)('when $breaks', async ({ cases, changes }) => {
    for (const name of cases) {
      await runLogCase(
        name,
        brokenHarness(() => ({})),
      );
      await expect(runLogCase(name, brokenHarness(changes)), name).rejects.toThrow();
    }
  });
});

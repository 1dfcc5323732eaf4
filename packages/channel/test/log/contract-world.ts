/** What the cases of the log contract need from a log's test, and what they share. */
import type { Attributes, CloudEvent } from '@millrace/api';
import { expect } from 'vitest';
import type { CursorState, EventLog, LogRecord, LogStore, NewRecord, Offset, Retention } from '../../src/log/log.ts';

export interface WorldOptions {
  /** Bytes of appends under way, above which the log is to answer `busy`. */
  readonly queueBytes?: number;
}

/** Where logs may differ, and the rules that say how. */
export interface Abilities {
  /** L4: a commit changes all of it or nothing (true), or cursors become durable before `readUpTo` does (false). */
  readonly atomicCommits: boolean;
  /**
   * L5: `trim` does retention, and holds what cursors have not settled; or the server does it by rules of its own, so that a
   * read of what it took says out of range, and no cursor is moved.
   */
  readonly retention: 'held' | 'by the server';
  /** The store lists logs that it has not opened since it began. */
  readonly listsUnopened: boolean;
  /** Attributes that every event has when it is read, beside its own. */
  readonly adds: readonly string[];
}

const allAbilities: Abilities = {
  atomicCommits: true,
  retention: 'held',
  listsUnopened: true,
  adds: [],
};

/** One installation of a log, empty at first. */
export interface World {
  /** What it can do; all there is when absent. */
  readonly abilities?: Abilities;
  /** Where the server does retention: it takes everything below `upTo`. */
  take?(log: EventLog, partition: number, upTo: Offset): Promise<void>;
  /** The store as it is open now: another one after `reopen` and `crash`. */
  readonly store: LogStore;
  /** Lets time pass: a virtual clock moves, or it is waited. */
  pass(ms: number): Promise<void>;
  /** Moves the wall clock alone, back as well, where the log takes its time from us. */
  jump(ms: number): void;
  /** Ends the store in good order and opens it again. */
  reopen(): Promise<void>;
  /** The process is gone, with all that was only in its memory; the store is opened again. */
  crash(): Promise<void>;
  end(): Promise<void>;
}

export interface LogHarness {
  start(options?: WorldOptions): Promise<World>;
}

export interface Case {
  readonly name: string;
  run(harness: LogHarness): Promise<void>;
}

export const plenty: Retention = { ageMs: 7 * 86_400_000, bytes: 256 * 1024 ** 2 };

/** A case with a world of its own, ended whatever happens. */
export function worldCase(name: string, body: (world: World) => Promise<void>, options?: WorldOptions): Case {
  return {
    name,
    async run(harness) {
      const world = await harness.start(options);
      try {
        await body(world);
      } finally {
        await world.end();
      }
    },
  };
}

export function logCase(name: string, body: (log: EventLog, world: World) => Promise<void>): Case {
  return worldCase(name, async (world) => body(await world.store.open('log-1', plenty), world));
}

export const abilitiesOf = (world: World): Abilities => world.abilities ?? allAbilities;

/** Where the server does retention: it takes everything there is. */
export async function takeAll(log: EventLog, world: World): Promise<void> {
  if (world.take === undefined) throw new Error('a world whose server does retention must be able to take');
  for (const partition of log.partitions) await world.take(log, partition, log.range(partition).end);
}

/** How often a crash is tried: each time a little later. */
export const crashRounds = 8;

/** Lets a number of turns of ready promise work pass. */
export async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await Promise.resolve();
}

let lastId = 0;

export function newEvent(data?: Uint8Array, extra: Attributes = {}): CloudEvent {
  lastId += 1;
  const attributes: Record<string, string | undefined> = Object.create(null);
  Object.assign(attributes, { id: `event-${lastId}`, source: '/contract', type: 'contract.test' }, extra);
  return { specversion: '1.0', attributes, ...(data === undefined ? {} : { data }) };
}

export function newRecord(dataBytes = 16, key?: string): NewRecord {
  const event = newEvent(new Uint8Array(dataBytes).fill(lastId % 251), key === undefined ? {} : { partitionkey: key });
  return { event, headers: [], ...(key === undefined ? {} : { key }) };
}

export const idOf = (record: NewRecord): string => record.event.attributes['id'] ?? '';

export interface Position {
  readonly partition: number;
  readonly offset: Offset;
}

/** Appends records in one call and expects them to be taken. */
export async function append(log: EventLog, ...records: readonly NewRecord[]): Promise<readonly Position[]> {
  const outcome = await log.append(records);
  if (outcome.kind !== 'appended') throw new Error(`not appended: ${JSON.stringify(outcome)}`);
  expect(outcome.positions).toHaveLength(records.length);
  return outcome.positions;
}

/** Appends records one call each, one after the other. */
export async function appendEach(log: EventLog, count: number, dataBytes = 16): Promise<readonly Position[]> {
  const positions: Position[] = [];
  for (let left = count; left > 0; left -= 1) positions.push(...(await append(log, newRecord(dataBytes))));
  return positions;
}

export async function readFrom(
  log: EventLog,
  partition: number,
  from: Offset,
  limit = { records: 100, bytes: 1024 ** 2 },
): Promise<{ readonly records: readonly LogRecord[]; readonly next: Offset }> {
  const outcome = await log.read(partition, from, limit);
  if (outcome.kind !== 'records') throw new Error(`not read: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Everything in one partition, from its start to its end. */
export async function readPartition(log: EventLog, partition: number, limit?: { records: number; bytes: number }) {
  const { start, end } = log.range(partition);
  const records: LogRecord[] = [];
  for (let next = start; next < end; ) {
    const read = await readFrom(log, partition, next, limit);
    expect(read.next, 'a read before the end goes on').toBeGreaterThan(next);
    records.push(...read.records);
    next = read.next;
  }
  return records;
}

export async function readAll(log: EventLog, limit?: { records: number; bytes: number }): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (const partition of log.partitions) records.push(...(await readPartition(log, partition, limit)));
  return records;
}

export async function idsIn(log: EventLog): Promise<string[]> {
  return (await readAll(log)).map(idOf).sort();
}

export function cursor(
  name: string,
  partition: number,
  seenUpTo: Offset,
  more: Partial<CursorState> = {},
): CursorState {
  return { name, partition, seenUpTo, pending: [], detached: false, ...more };
}

/** Stores a cursor at the same place in its life in every partition. */
export async function commitEverywhere(
  log: EventLog,
  name: string,
  at: (range: { readonly start: Offset; readonly end: Offset }) => Offset,
  more: Partial<CursorState> = {},
): Promise<void> {
  const put = log.partitions.map((partition) => cursor(name, partition, at(log.range(partition)), more));
  expect(await log.commit({ put, remove: [], readUpTo: [] })).toEqual({ kind: 'committed' });
}

/** Names of the cursors that the cases use: a log that cannot list its cursors gives those asked for. */
export const cursorNames: readonly string[] = [
  ...['a', 'b', 'c', 'd', 'retrying', 'slow', 'with-the-reader', 'on-its-own', 'stuck', 'quick'],
  ...Array.from({ length: 30 }, (_, at) => `c${at}`),
];

export async function cursorsOf(log: EventLog): Promise<readonly CursorState[]> {
  const { cursors } = await log.loadCursors(cursorNames);
  return [...cursors].sort((a, b) => (a.name === b.name ? a.partition - b.partition : a.name < b.name ? -1 : 1));
}

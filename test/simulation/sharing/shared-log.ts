/**
 * A log that processes share: what is on the disk, a handle for each process, and the group that deals out partitions.
 * It asserts the engine's side of log invariant L6: nothing is committed of a partition that was given up, and a position
 * never moves back but for what a process that lost its partition had not recorded.
 */
import { sizeOfEvent } from '@millrace/api';
import type {
  AppendOutcome,
  CommitOutcome,
  CursorCommit,
  CursorState,
  EventLog,
  LogRecord,
  NewRecord,
  PartitionListener,
  PartitionRange,
  ReadLimit,
  ReadOutcome,
  StoredCursors,
} from '@millrace/channel';
import type { SeededRandom, VirtualClock } from '@millrace/testkit';

export interface SharedWorld {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly violations: string[];
}

export class Disk {
  readonly partitions: LogRecord[][];
  readonly cursors = new Map<string, CursorState>();
  readonly readUpTo = new Map<number, number>();
  readonly #world: SharedWorld;

  constructor(world: SharedWorld, partitions: number) {
    this.#world = world;
    this.partitions = Array.from({ length: partitions }, () => []);
  }

  store(records: readonly NewRecord[]): { partition: number; offset: number }[] {
    return records.map((record) => {
      const partition =
        [...(record.key ?? '')].reduce((sum, char) => sum + char.charCodeAt(0), 0) % this.partitions.length;
      const into = this.partitions[partition]!;
      const place = { partition, offset: into.length };
      into.push({ ...record, ...place, timeMs: this.#world.clock.now(), bytes: sizeOfEvent(record.event) });
      return place;
    });
  }

  commit({ put, remove, readUpTo }: CursorCommit, isHeld: (partition: number) => boolean): void {
    for (const state of put) {
      if (!isHeld(state.partition)) continue;
      const key = `${state.name}/${state.partition}`;
      const before = this.cursors.get(key);
      const first = (cursor: CursorState) => Math.min(cursor.pending[0] ?? cursor.seenUpTo, cursor.seenUpTo);
      if (before && first(state) < first(before)) this.#world.violations.push(`cursor ${key} moved backwards`);
      this.cursors.set(key, state);
    }
    for (const { partition, offset } of readUpTo) {
      if (!isHeld(partition)) continue;
      if (offset < (this.readUpTo.get(partition) ?? 0)) this.#world.violations.push('readUpTo moved backwards');
      this.readUpTo.set(partition, offset);
    }
    for (const key of this.cursors.keys())
      if (remove.some((name) => key.startsWith(`${name}/`))) this.cursors.delete(key);
  }
}

/** The log as one process has it. */
export class Handle implements EventLog {
  readonly name = 'log';
  readonly held = new Set<number>();
  listener: PartitionListener | undefined;
  alive = true;
  readonly #disk: Disk;
  readonly #world: SharedWorld;
  readonly #group: Group;
  readonly #listeners = new Set<() => void>();

  constructor(world: SharedWorld, disk: Disk, group: Group) {
    this.#world = world;
    this.#disk = disk;
    this.#group = group;
  }

  get partitions(): readonly number[] {
    return [...this.held];
  }

  readonly share = (listener: PartitionListener) => {
    this.listener = listener;
    this.#group.members.add(this);
    return async () => {
      await this.#group.leave(this);
    };
  };

  async append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    await this.#delay();
    const positions = this.#disk.store(records);
    this.#group.wake();
    return { kind: 'appended', positions };
  }

  wake(): void {
    if (this.alive) for (const listener of this.#listeners) listener();
  }

  read(partition: number, from: number, limit: ReadLimit): ReadOutcome | Promise<ReadOutcome> {
    const read = (): ReadOutcome => {
      const records = this.#disk.partitions[partition]!.slice(from, from + limit.records);
      return { kind: 'records', records, next: from + records.length };
    };
    return this.#world.random.chance(0.5) ? read() : this.#delay().then(read);
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  range(partition: number): PartitionRange {
    return { partition, start: 0, end: this.#disk.partitions[partition]!.length, bytes: 0 };
  }

  async offsetAt(partition: number, timeMs: number): Promise<number> {
    await this.#delay();
    const records = this.#disk.partitions[partition]!;
    return records.find((record) => record.timeMs >= timeMs)?.offset ?? records.length;
  }

  /** As a log that cannot list its cursors: those asked for, of what is served here. */
  async loadCursors(names: readonly string[]): Promise<StoredCursors> {
    await this.#delay();
    if (this.#world.random.chance(0.1)) throw new Error('simulated');
    const cursors = [...this.#disk.cursors.values()].filter(
      ({ name, partition }) => names.includes(name) && this.held.has(partition),
    );
    const readUpTo = [...this.#disk.readUpTo].map(([partition, offset]) => ({ partition, offset }));
    return { cursors, readUpTo: readUpTo.filter(({ partition }) => this.held.has(partition)) };
  }

  async commit(change: CursorCommit): Promise<CommitOutcome> {
    const given = [...change.put, ...change.readUpTo].find(({ partition }) => !this.held.has(partition));
    if (given) this.#world.violations.push(`a commit of partition ${given.partition}, which was given up`);
    await this.#delay();
    if (!this.alive || this.#world.random.chance(0.05)) return { kind: 'failed', reason: 'simulated' };
    this.#disk.commit(change, (partition) => this.held.has(partition));
    await this.#delay();
    return { kind: 'committed' };
  }

  /** A moment later, whether the process lives or not. */
  soon(callback: () => void): void {
    this.#world.clock.setTimer(1, callback);
  }

  setRetention(): void {}

  async trim(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}

  #delay(): Promise<void> {
    return new Promise((resolve) => {
      this.#world.clock.setTimer(this.#world.random.below(6), () => {
        if (this.alive) resolve();
      });
    });
  }
}

/** Deals partitions out to the handles that share, one move at a time. */
export class Group {
  readonly members = new Set<Handle>();
  readonly #world: SharedWorld;
  readonly #count: number;
  #moving: Promise<void> = Promise.resolve();

  constructor(world: SharedWorld, count: number) {
    this.#world = world;
    this.#count = count;
  }

  wake(): void {
    for (const member of this.members) member.wake();
  }

  /** Deals anew, at random; in order, or with `lost` as after a session that ran out. */
  deal(how: 'in order' | 'lost'): Promise<void> {
    return this.#next(() => this.#deal(how));
  }

  leave(member: Handle): Promise<void> {
    return this.#next(async () => {
      this.members.delete(member);
      await member.listener?.revoked([...member.held]);
      member.held.clear();
      await this.#deal('in order');
    });
  }

  /** The process is gone, and the group has noticed. */
  bury(member: Handle): Promise<void> {
    this.members.delete(member);
    member.held.clear();
    return this.#next(() => this.#deal('in order'));
  }

  async #next(move: () => Promise<void>): Promise<void> {
    const done = this.#moving.then(move);
    this.#moving = done;
    await done;
  }

  async #deal(how: 'in order' | 'lost'): Promise<void> {
    const members = [...this.members];
    if (members.length === 0) return;
    const owners = Array.from({ length: this.#count }, () => this.#world.random.pick(members));
    for (const member of members) {
      const gone = [...member.held].filter((partition) => owners[partition] !== member);
      if (gone.length === 0) continue;
      if (how === 'in order') await untilDead(member, member.listener?.revoked(gone));
      for (const partition of gone) member.held.delete(partition);
      if (how === 'lost') member.listener?.lost(gone);
    }
    for (const member of members) {
      const come = owners.flatMap((owner, partition) =>
        owner === member && !member.held.has(partition) ? [partition] : [],
      );
      if (come.length === 0 || !member.alive) continue;
      for (const partition of come) member.held.add(partition);
      await untilDead(member, member.listener?.assigned(come));
    }
  }
}

/** A process that dies in the middle never answers. */
async function untilDead(member: Handle, work: Promise<void> | undefined): Promise<void> {
  let over = false;
  void work?.then(() => {
    over = true;
  });
  while (!over && member.alive) await new Promise<void>((resolve) => member.soon(resolve));
}

/**
 * Makes progress durable: the shared positions and the cursors that changed, in one commit of the log.
 *
 * M1. One commit is under way at a time; the next one takes everything that came meanwhile. It is made when a subscription
 *     needs the slots back or nothing else is under way, and else within `commitWithinMs`: nobody waits for it before.
 *     Shared positions go along when somebody asks for it: until then a restart reads a little again, and sends nothing twice.
 * M2. Each commit takes all changed cursors, so that a shared position never becomes durable without them (cursor C3).
 * M3. Slots are freed only when the commit that holds their settlements is durable. A commit that failed is made again
 *     with back-off, with what is true by then.
 */
import type { CommitOutcome, CursorCommit, EventLog } from '../log/log.ts';
import type { Cursor } from './cursor.ts';
import type { Engine } from './engine.ts';
import { troubleDelayMs } from './limits.ts';
import type { SharedReader } from './shared-reader.ts';
import { Alarm } from './timer-heap.ts';

interface UnderWay {
  readonly change: CursorCommit;
  readonly upTo: ReadonlyMap<SharedReader, number>;
  readonly cursors: readonly { readonly cursor: Cursor; readonly settled: number }[];
}

interface Waiter {
  readonly resolve: () => void;
  readonly tries: 'one' | 'until-durable';
}

export class Committer {
  trouble: string | undefined;
  readonly #engine: Engine;
  readonly #log: EventLog;
  readonly #readers: () => Iterable<SharedReader>;
  #changed = new Set<Cursor>();
  #removals = new Set<string>();
  /** In the commit under way. */
  #removing: ReadonlySet<string> = new Set();
  /** A commit is wanted; `#changed` alone does not ask for one. */
  #wanted = false;
  #positionsWanted = false;
  #running = false;
  #troubles = 0;
  readonly #again = new Alarm(() => this.#start());
  readonly #soon = new Alarm(() => this.#want());
  readonly #positions = new Alarm(() => this.readAhead());
  #waiters: Waiter[] = [];
  #closed = false;

  constructor(engine: Engine, log: EventLog, readers: () => Iterable<SharedReader>) {
    this.#engine = engine;
    this.#log = log;
    this.#readers = readers;
  }

  /** Recorded with the next commit. */
  changed(cursor: Cursor): void {
    this.#changed.add(cursor);
  }

  /** A slot waits for this to be durable (M1). */
  settled(cursor: Cursor): void {
    this.#changed.add(cursor);
    const { timers, limits } = this.#engine;
    if (cursor.subscription.isShortOfSlots) this.#want();
    else if (!this.#wanted && this.#soon.heapIndex < 0) timers.set(this.#soon, limits.commitWithinMs);
  }

  /** The shared positions are to be recorded now. */
  readAhead(): void {
    this.#positionsWanted = true;
    this.#want();
  }

  /** They are to be recorded some time: a restart reads again from there. */
  readOn(): void {
    const { timers, limits } = this.#engine;
    if (this.#positions.heapIndex < 0) timers.set(this.#positions, limits.positionWithinMs);
  }

  /** It is put again: its stored state is overwritten, not removed. */
  unremove(name: string): void {
    this.#removals.delete(name);
  }

  remove(name: string): void {
    this.#removals.add(name);
    this.#want();
  }

  /** It was removed, and that may not be durable yet: what the log still has of it is void. */
  isRemoving(name: string): boolean {
    return this.#removals.has(name) || this.#removing.has(name);
  }

  forget(cursor: Cursor): void {
    this.#changed.delete(cursor);
  }

  /**
   * Resolves when everything known now is durable; with `tries` at `one`, also when the first try has failed. When the
   * committer is closed first, it resolves as well.
   */
  flush(tries: 'one' | 'until-durable'): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ resolve, tries });
      this.#engine.timers.cancel(this.#again);
      this.readAhead();
    });
  }

  close(): void {
    this.#closed = true;
    this.#engine.timers.cancel(this.#again);
    this.#engine.timers.cancel(this.#soon);
    this.#engine.timers.cancel(this.#positions);
    for (const { resolve } of this.#waiters.splice(0)) resolve();
  }

  #want(): void {
    this.#wanted = true;
    if (this.#running || this.#again.heapIndex >= 0) return;
    this.#running = true;
    // What settles in the same turn of the event loop goes into the same commit.
    queueMicrotask(() => void this.#run());
  }

  #start(): void {
    this.#wanted = true;
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#wanted && !this.#closed && this.#again.heapIndex < 0) {
      this.#wanted = false;
      this.#engine.timers.cancel(this.#soon);
      const waiters = this.#waiters.splice(0);
      const underWay = this.#build();
      const outcome = isEmpty(underWay.change) ? ({ kind: 'committed' } as const) : await this.#commit(underWay.change);
      this.#removing = new Set();
      if (outcome.kind === 'committed') this.#done(underWay);
      else this.#failed(underWay, outcome.reason);
      for (const waiter of waiters) {
        if (outcome.kind === 'committed' || waiter.tries === 'one' || this.#closed) waiter.resolve();
        else this.#waiters.push(waiter);
      }
    }
    this.#running = false;
  }

  #build(): UnderWay {
    const readUpTo = [];
    const upTo = new Map<SharedReader, number>();
    for (const reader of this.#readers()) {
      const offset = this.#positionsWanted ? reader.committable : reader.committedUpTo;
      upTo.set(reader, offset);
      if (offset > reader.committedUpTo) readUpTo.push({ partition: reader.partition, offset });
    }
    if (this.#positionsWanted) this.#engine.timers.cancel(this.#positions);
    this.#positionsWanted = false;
    const put = [];
    const cursors = [];
    for (const cursor of this.#changed) {
      put.push(cursor.state(upTo.get(cursor.reader) ?? 0));
      cursors.push({ cursor, settled: cursor.settledCount });
      cursor.subscription.uncommitted -= cursor.settledCount;
      cursor.settledCount = 0;
    }
    this.#changed = new Set();
    const remove = [...this.#removals];
    this.#removing = this.#removals;
    this.#removals = new Set();
    return { change: { put, remove, readUpTo }, upTo, cursors };
  }

  async #commit(change: CursorCommit): Promise<CommitOutcome> {
    try {
      return await this.#log.commit(change);
    } catch (error) {
      this.#engine.ports.logger.error('committing cursors threw', { error, log: this.#log.name });
      return { kind: 'failed', reason: String(error) };
    }
  }

  #done({ upTo, cursors }: UnderWay): void {
    this.trouble = undefined;
    this.#troubles = 0;
    for (const [reader, offset] of upTo) {
      // Unless its position was void meanwhile, because the log is another one.
      if (offset > reader.committedUpTo && offset <= reader.position) reader.committedUpTo = offset;
    }
    for (const { cursor, settled } of cursors) if (settled > 0) cursor.subscription.durable(settled);
  }

  #failed({ change, cursors }: UnderWay, reason: string): void {
    if (this.#troubles === 0) {
      this.#engine.ports.logger.error('cursors cannot be committed', { log: this.#log.name, reason });
    }
    this.trouble = `progress cannot be recorded: ${reason}`;
    for (const { cursor, settled } of cursors) {
      if (cursor.phase.kind === 'closed') {
        cursor.subscription.durable(settled); // It is served elsewhere, or deleted: its slots are free.
        continue;
      }
      cursor.settledCount += settled;
      cursor.subscription.uncommitted += settled;
      this.#changed.add(cursor);
    }
    for (const name of change.remove) this.#removals.add(name);
    if (change.readUpTo.length > 0) this.#positionsWanted = true;
    this.#engine.timers.set(this.#again, troubleDelayMs(++this.#troubles));
  }
}

function isEmpty({ put, remove, readUpTo }: CursorCommit): boolean {
  return put.length === 0 && remove.length === 0 && readUpTo.length === 0;
}

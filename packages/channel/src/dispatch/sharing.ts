/**
 * Partitions that come and go, where processes share a log (log invariant L6).
 *
 * J1. A partition that comes is read from what the one before recorded of it, for every subscription there is.
 * J2. A partition that goes in order is read no more; what is under way of it ends within a limit or is handed back; all
 *     of that is recorded; only then another process may have it.
 * J3. A partition that is lost stops at once: nothing of it is recorded any more.
 */
import type { EventLog, PartitionListener } from '../log/log.ts';
import type { Committer } from './committer.ts';
import type { Engine } from './engine.ts';
import { firstShareMs, leaveMs, troubleDelayMs } from './limits.ts';
import { cursorNameOf, Stored } from './placing.ts';
import type { Serving } from './serving.ts';
import type { Subscription } from './subscription.ts';
import { Alarm } from './timer-heap.ts';
import { within } from './within.ts';

/** What a log's runner is to its sharing. */
export interface SharingHost {
  readonly engine: Engine;
  readonly log: EventLog;
  readonly committer: Committer;
  readonly serving: Serving;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  /** Changes of partitions and of tables come one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

export class Sharing implements PartitionListener {
  readonly #host: SharingHost;
  /** What was assigned and neither revoked nor lost since. */
  readonly #mine = new Set<number>();
  readonly #first = Promise.withResolvers<void>();
  #stop: (() => Promise<void>) | undefined;
  #ended = false;

  constructor(host: SharingHost) {
    this.#host = host;
  }

  isMine(partition: number): boolean {
    return this.#mine.has(partition);
  }

  /** Takes part from now on. */
  begin(): void {
    this.#stop ??= this.#host.log.share?.(this);
  }

  /** Resolves when a first share has come, or seems not to: other processes may have all of it. */
  async placed(): Promise<void> {
    await within(this.#host.engine.timers, firstShareMs, this.#first.promise);
  }

  /** J1 */
  async assigned(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) this.#mine.add(partition);
    for (let troubles = 1; !this.#ended; troubles++) {
      try {
        await this.#host.inTurn(() => this.#assign(partitions));
        break;
      } catch (error) {
        // Not within the turn: tables must take effect meanwhile.
        const { engine, log } = this.#host;
        engine.ports.logger.warn('cursors cannot be loaded', { log: log.name, reason: String(error) });
        await new Promise<void>((resolve) => engine.timers.set(new Alarm(resolve), troubleDelayMs(troubles)));
      }
    }
    this.#first.resolve();
  }

  /** J2 */
  async revoked(partitions: readonly number[]): Promise<void> {
    for (const partition of partitions) this.#mine.delete(partition);
    const { engine, serving, subscriptions, committer } = this.#host;
    const cursors = serving.stop(partitions, subscriptions.values());
    const left = Promise.all(cursors.map((cursor) => cursor.leave()));
    if (!(await within(engine.timers, leaveMs, left))) for (const cursor of cursors) cursor.handBackAll();
    // A log that does not answer must not keep the partition: what is not recorded is repeated by the next one.
    await within(engine.timers, leaveMs, committer.flush('until-durable'));
    // Unless they were lost and came again meanwhile.
    const gone = partitions.filter((partition) => !this.#mine.has(partition));
    serving.remove(gone, subscriptions.values());
  }

  /** J3 */
  lost(partitions: readonly number[]): void {
    for (const partition of partitions) this.#mine.delete(partition);
    this.#host.serving.remove(partitions, this.#host.subscriptions.values());
  }

  /** Gives everything back, in order. */
  async end(): Promise<void> {
    const { engine, log } = this.#host;
    this.#ended = true;
    const stop = this.#stop;
    this.#stop = undefined;
    if (!stop) return;
    try {
      if (await within(engine.timers, 2 * leaveMs, stop())) return;
      engine.ports.logger.warn('the log did not take its partitions back in time', { log: log.name });
    } catch (error) {
      engine.ports.logger.error('giving partitions back threw', { error, log: log.name });
    }
  }

  async #assign(partitions: readonly number[]): Promise<void> {
    const { log, serving, subscriptions, committer } = this.#host;
    const isNew = (partition: number) => this.#mine.has(partition) && !serving.has(partition);
    if (!partitions.some(isNew)) return;
    const names = [...subscriptions.values()].map(({ route }) => cursorNameOf(route));
    const loaded = await log.loadCursors(names);
    const readers = partitions.filter(isNew).map((partition) => {
      const upTo = loaded.readUpTo.find((position) => position.partition === partition)?.offset;
      return serving.makeReader(partition, upTo);
    });
    const stored = new Stored(loaded);
    for (const name of names) if (committer.isRemoving(name)) stored.forget(name);
    const beginnings = await serving.beginnings(
      [...subscriptions.values()],
      readers,
      stored,
      (subscription) => subscription.placedMs,
    );
    // Some may be gone meanwhile.
    const arrived = new Set(readers.filter(({ partition }) => isNew(partition)));
    const cursors = serving.place(beginnings.filter(({ reader }) => arrived.has(reader)));
    for (const reader of arrived) serving.add(reader);
    serving.begin(cursors);
    serving.wake();
    committer.readAhead(); // What is new about them becomes durable.
  }
}

/**
 * Notices what other processes append, while somebody waits at the end of the log.
 *
 * V1. A watch only says how far the log reaches; what is there is read like anything else, so that a hint that is lost,
 *     late or repeated costs nothing but time.
 * V2. It asks only after a reader was at the end, for a bounded number of hints, and not while this process appends so often
 *     that its own sequences show what others append. A reader that is behind makes it stop asking: nothing piles up.
 */
import type { Clock, NatsClient, NatsWatch } from '@millrace/runtime';
import type { Offset } from '../log.ts';
import type { JetStreamLimits } from './limits.ts';

export interface WatcherHost {
  readonly client: NatsClient;
  readonly clock: Clock;
  readonly limits: JetStreamLimits;
  readonly stream: string;
  end(): Offset;
  /** The log reaches at least so far. */
  reaches(end: Offset): void;
}

/** Wait before a watch that broke is made again. */
const brokenMs = 500;

export class Watcher {
  readonly #host: WatcherHost;
  #watch: NatsWatch | undefined;
  /** Where the watch has got to: below, nothing new is to be expected of it. */
  #position = 0;
  #wanted = false;
  #busy = false;
  #turn = 0;
  #ownMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(host: WatcherHost) {
    this.#host = host;
  }

  /** A reader is at the end. */
  wanted(): void {
    this.#wanted = true;
    if (!this.#busy) void this.#arm();
  }

  /** This process appended. */
  appended(): void {
    this.#ownMs = this.#host.clock.monotonic();
  }

  /** The connection was lost, or is back: the consumer may be gone. */
  restart(): void {
    this.#drop();
    this.#busy = false;
    if (this.#wanted) void this.#arm();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  /** What was begun before this does nothing any more. */
  #drop(): void {
    this.#turn += 1;
    this.#watch?.close();
    this.#watch = undefined;
  }

  async #arm(): Promise<void> {
    const { clock, client, limits, end } = this.#host;
    if (this.#busy || this.#closed || !this.#wanted || !client.connected) return;
    this.#busy = true;
    const quietInMs = this.#ownMs + limits.quietMs - clock.monotonic();
    if (quietInMs > 0) return this.#later(quietInMs);
    if (this.#watch && this.#position + limits.watchMessages < end()) this.#drop();
    if (!this.#watch && !(await this.#open())) return;
    this.#watch?.ask(limits.watchMessages, limits.watchMs);
  }

  /** False when it cannot be had now, or is not wanted any more. */
  async #open(): Promise<boolean> {
    const { client, stream, end } = this.#host;
    const turn = this.#turn;
    this.#position = end();
    const made = await client.watch(stream, this.#position, {
      hint: ({ sequence, pending }) => {
        this.#position = sequence + 1;
        this.#wanted = false;
        this.#host.reaches(sequence + 1 + pending);
      },
      answered: () => {
        this.#busy = false;
        void this.#arm();
      },
      gone: () => this.#broken(),
    });
    if (turn !== this.#turn) {
      if (made.kind === 'ok') made.value.close();
      return false;
    }
    if (made.kind === 'ok') this.#watch = made.value;
    else this.#broken();
    return made.kind === 'ok';
  }

  #broken(): void {
    this.#drop();
    this.#later(brokenMs);
  }

  #later(delayMs: number): void {
    const turn = this.#turn;
    this.#host.clock.setTimer(delayMs, () => {
      if (turn !== this.#turn) return;
      this.#busy = false;
      void this.#arm();
    });
  }
}

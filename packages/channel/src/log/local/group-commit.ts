/**
 * Group commit by what arrived: everything that is asked for while one flush is under way goes into the next one.
 * There is no timer: when a turn of the event loop brought nothing more, what the turns before it brought is written.
 *
 * G1. One transaction at a time, so that operations become durable in the order they were asked for.
 * G2. A participant's settlement is called once for each time it wrote, with how the transaction ended.
 * G3. Memory for a large transaction is kept for the next one, and given back when there was none for a while. Made anew for
 *     each it would outlive the young generation, and be garbage that only a collection of the whole heap finds: with events of
 *     64 KiB there was one for every hundred of them.
 */
import type { Clock, Logger, Timer } from '@millrace/runtime';
import { ByteWriter } from '../bytes.ts';
import { Changes, type Environment, type WriteOutcome } from './environment.ts';

export type Settle = (outcome: WriteOutcome) => void;

/** Something that has things to write: a log, the dead letters, a removal. */
export interface Participant {
  /** Adds what it has to the transaction, at most `budgetBytes`; the rest after asking again. */
  write(changes: Changes, frames: ByteWriter, budgetBytes: number): Settle | undefined;
}

/** A transaction that writes more than this is a large one (G3). */
const framesKeptBytes = 1024 * 1024;
/** Long enough that one large event now and then finds it gone, and what comes steadily does not. */
const largeKeptMs = 5_000;
/**
 * Turns of the event loop that may pass before a transaction begins, as long as each brings something for it. It is seldom
 * more than three; the bound is for a loop in which every turn does.
 */
const turnsMax = 4;

export class GroupCommit {
  readonly #environment: Environment;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #transactionBytes: number;
  readonly #frames = new ByteWriter(framesKeptBytes);
  #asking = new Set<Participant>();
  /** How often something was asked for since the start. */
  #asked = 0;
  #running = false;
  #failing = false;
  /** When the last large transaction was; undefined: nothing is kept for another one (G3). */
  #lastLargeMs: number | undefined;
  #rest: Timer | undefined;
  #whenIdle: (() => void)[] = [];
  /** Transactions written since the start. */
  commits = 0;

  constructor(
    environment: Environment,
    ports: { readonly logger: Logger; readonly clock: Clock },
    transactionBytes: number,
  ) {
    this.#environment = environment;
    this.#logger = ports.logger;
    this.#clock = ports.clock;
    this.#transactionBytes = transactionBytes;
  }

  /** The participant has something to write. Asking again before its turn changes nothing. */
  ask(participant: Participant): void {
    this.#asking.add(participant);
    this.#asked += 1;
    this.#start();
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  /** Resolves when nothing is asked for and nothing is under way. */
  idle(): Promise<void> {
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Nothing is asked for any more. Resolves when nothing is under way. */
  close(): Promise<void> {
    this.#lastLargeMs = undefined;
    this.#rest?.cancel();
    return this.idle();
  }

  async #run(): Promise<void> {
    await this.#gather();
    for (;;) {
      if (this.#isRested()) await this.#giveBack();
      if (this.#asking.size === 0) break;
      await this.#commitOnce();
      await this.#environment.renewWhenLarge();
      // What the answers brought about arrives within the next turns of the event loop: it goes into the next flush.
      await this.#gather();
    }
    this.#running = false;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Waits for the end of this turn of the event loop, and of those after it for as long as each brings something. */
  async #gather(): Promise<void> {
    for (let turns = 0; turns < turnsMax; turns += 1) {
      const before = this.#asked;
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (turns > 0 && this.#asked === before) return;
    }
  }

  async #commitOnce(): Promise<void> {
    const participants = this.#asking;
    this.#asking = new Set();
    const changes = new Changes();
    const settlements: Settle[] = [];
    this.#frames.reset(this.#lastLargeMs === undefined ? framesKeptBytes : Number.POSITIVE_INFINITY);
    for (const participant of participants) {
      if (changes.bytes >= this.#transactionBytes) {
        this.#asking.add(participant);
        continue;
      }
      const settle = participant.write(changes, this.#frames, this.#transactionBytes - changes.bytes);
      if (settle !== undefined) settlements.push(settle);
    }
    if (changes.bytes > framesKeptBytes) this.#noteLarge();
    const outcome = await this.#environment.write(changes);
    if (changes.puts.length + changes.removals.length > 0) this.#note(outcome);
    for (const settle of settlements) settle(outcome);
  }

  /** G3. */
  #noteLarge(): void {
    if (this.#lastLargeMs === undefined) {
      void this.#environment.keepLarge(true);
      this.#wake(largeKeptMs);
    }
    this.#lastLargeMs = this.#clock.monotonic();
  }

  #wake(delayMs: number): void {
    this.#rest = this.#clock.setTimer(delayMs, () => {
      if (this.#lastLargeMs === undefined) return;
      const leftMs = this.#lastLargeMs + largeKeptMs - this.#clock.monotonic();
      if (leftMs > 0) this.#wake(leftMs);
      else this.#start();
    });
  }

  #isRested(): boolean {
    return this.#lastLargeMs !== undefined && this.#clock.monotonic() - this.#lastLargeMs >= largeKeptMs;
  }

  async #giveBack(): Promise<void> {
    this.#lastLargeMs = undefined;
    this.#rest?.cancel();
    this.#frames.reset(framesKeptBytes);
    await this.#environment.keepLarge(false);
  }

  /** A disk that is full fails every transaction: it is said when it begins and when it ends. */
  #note(outcome: WriteOutcome): void {
    if (outcome.kind === 'written') {
      this.commits += 1;
      if (this.#failing) this.#logger.info('data file: writing again');
    } else if (!this.#failing) {
      this.#logger.error('data file: cannot be written', { reason: outcome.reason });
    }
    this.#failing = outcome.kind === 'failed';
  }
}

/**
 * Keeps the consumers running that manifests ask for: one child (or one built-in viewer) a spec.
 *
 * C1. Each spec has at most one running child. A changed spec ends the old child before the new one starts.
 * C2. A child that ends is started again after a back-off that grows to `restartMsMax` and starts over once a child
 *     has lived for `steadyMs`.
 * C3. After `stop` resolves no child is left: each got SIGTERM, and SIGKILL when it did not end in `endMsMax`.
 */
import type { Clock, Logger } from '@millrace/runtime';
import { type RunningChild, startChild } from './child.ts';
import { startEventDisplay } from './event-display.ts';
import type { ConsumerSpec } from './spec.ts';

/** First wait before a restart: long enough not to spin on a child that cannot start. */
const restartMsMin = 200;
/** Longest wait: a person who mended the script should not wait for more. */
const restartMsMax = 10_000;
/** A child that lived this long was well: its next end starts with the shortest wait again. */
const steadyMs = 10_000;

export interface ConsumerPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Added to the environment of every child. */
  readonly env: Readonly<Record<string, string>>;
  /** A line a consumer printed. */
  print(name: string, line: string): void;
  /** Where it listens now, or undefined with the reason why it does not. */
  report(spec: ConsumerSpec, url: string | undefined, reason?: string): void;
  /** Remembers which processes are ours, so that the next start can end those a crash left behind. */
  remember(pids: readonly number[]): void;
}

export interface RunningConsumer {
  readonly pid?: number;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

interface Slot {
  readonly spec: ConsumerSpec;
  readonly stopped: AbortController;
  running: RunningConsumer | undefined;
  readonly done: Promise<void>;
}

export class ConsumerRunner {
  readonly #ports: ConsumerPorts;
  readonly #slots = new Map<string, Slot>();
  /** Slots that are ending: a successor waits for its predecessor (C1). */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(ports: ConsumerPorts) {
    this.#ports = ports;
  }

  /** Starts what is new, restarts what changed, ends what is gone. */
  apply(specs: readonly ConsumerSpec[]): void {
    const wanted = new Map(specs.map((spec) => [spec.uid, spec]));
    for (const [uid, slot] of this.#slots) {
      const spec = wanted.get(uid);
      if (spec && JSON.stringify(spec) === JSON.stringify(slot.spec)) continue;
      this.#end(uid, slot);
    }
    for (const [uid, spec] of wanted) if (!this.#slots.has(uid)) this.#begin(uid, spec);
  }

  /** Ends every consumer (C3). */
  async stop(): Promise<void> {
    for (const [uid, slot] of this.#slots) this.#end(uid, slot);
    await Promise.all(this.#ending.values());
  }

  #begin(uid: string, spec: ConsumerSpec): void {
    const stopped = new AbortController();
    const before = this.#ending.get(uid) ?? Promise.resolve();
    const slot: Slot = { spec, stopped, running: undefined, done: before.then(() => this.#keep(slot)) };
    this.#slots.set(uid, slot);
  }

  #end(uid: string, slot: Slot): void {
    this.#slots.delete(uid);
    slot.stopped.abort();
    const ended = Promise.resolve(slot.running?.stop()).then(() => slot.done);
    this.#ending.set(uid, ended);
    void ended.then(() => {
      if (this.#ending.get(uid) === ended) this.#ending.delete(uid);
    });
  }

  /** The loop of one slot: run, wait, run again, until it is stopped. Never rejects. */
  async #keep(slot: Slot): Promise<void> {
    const { clock, logger, report } = this.#ports;
    const { spec, stopped } = slot;
    let waitMs = restartMsMin;
    while (!stopped.signal.aborted) {
      const startMs = clock.monotonic();
      slot.running = await this.#start(spec);
      this.#rememberPids();
      if (stopped.signal.aborted) await slot.running.stop();
      const how = await slot.running.ended;
      slot.running = undefined;
      this.#rememberPids();
      if (stopped.signal.aborted) break;
      if (clock.monotonic() - startMs >= steadyMs) waitMs = restartMsMin;
      report(spec, undefined, `${how}; starting it again in ${waitMs} ms`);
      logger.warn('consumer ended', { consumer: spec.name, how, restartInMs: waitMs });
      await pause(clock, waitMs, stopped.signal);
      waitMs = Math.min(waitMs * 2, restartMsMax);
    }
    report(spec, undefined, 'stopped');
  }

  #start(spec: ConsumerSpec): Promise<RunningConsumer> {
    const { clock, env, print, report } = this.#ports;
    const line = (text: string) => print(spec.name, text);
    const up = (url: string) => report(spec, url);
    if (spec.run.kind === 'event-display') return startEventDisplay(line, up);
    const child: Promise<RunningChild> = startChild({
      ...spec.run,
      clock,
      env,
      line,
      up,
      late: (reason) => report(spec, undefined, reason),
    });
    return child;
  }

  #rememberPids(): void {
    this.#ports.remember(
      [...this.#slots.values()].flatMap(({ running }) => (running?.pid === undefined ? [] : [running.pid])),
    );
  }
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(delayMs, resolve);
    signal.addEventListener('abort', () => {
      timer.cancel();
      resolve();
    });
  });
}

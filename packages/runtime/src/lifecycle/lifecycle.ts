/**
 * The end of a process, in order: stop taking in, finish or hand back what is under way, flush, close.
 *
 * F1. Drain steps run one after another, in the order they were added, each at most once, all within one limit.
 * F2. A step that fails or is not done in time is named in the outcome; the steps after it run all the same.
 * F3. The first signal begins the drain, a second one ends the process at once.
 */
import { type Clock, type Logger, silentLogger } from '../ports/index.ts';
import type { Signals } from './signals.ts';

export interface DrainStep {
  readonly name: string;
  /** `limitMs`: what is left of the limit. `signal` aborts when the time is over. */
  run(limitMs: number, signal: AbortSignal): Promise<unknown>;
}

export interface DrainFailure {
  readonly name: string;
  readonly error: string;
}

export interface DrainOutcome {
  /** The signal's name, or what `end` was given. */
  readonly reason: string;
  readonly failures: readonly DrainFailure[];
}

export interface LifecycleOptions {
  readonly clock: Clock;
  readonly signals: Signals;
  readonly logger?: Logger;
  /** For all steps together. Below the 30 s after which Kubernetes kills a pod. */
  readonly drainLimitMs?: number;
  /** The second signal: ends the process without waiting for anything. */
  readonly endNow: (signal: string) => void;
}

export interface Lifecycle {
  /** Steps added later run later; none is added once the end has begun. Returns what takes it away again. */
  onDrain(step: DrainStep): () => void;
  /** Begins the end, as a signal would. Calling it again changes nothing. */
  end(reason: string): void;
  /** Aborted when the end begins, for what waits. */
  readonly ending: AbortSignal;
  /** Resolves when every step has run. */
  readonly ended: Promise<DrainOutcome>;
}

const DRAIN_LIMIT_MS = 20_000;

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { clock, signals, logger = silentLogger, drainLimitMs = DRAIN_LIMIT_MS, endNow } = options;
  const steps = new Set<DrainStep>();
  const ending = new AbortController();
  const ended = Promise.withResolvers<DrainOutcome>();
  const end = (reason: string): void => {
    if (ending.signal.aborted) return;
    logger.info('ending', { reason });
    ending.abort();
    drain([...steps], clock, drainLimitMs).then(
      (failures) => ended.resolve({ reason, failures }),
      (error: unknown) => ended.reject(error),
    );
  };
  // F3.
  const stop = signals.onSignal((signal) => {
    if (ending.signal.aborted) endNow(signal);
    else end(signal);
  });
  // A signal during the last moments must not kill by default what has just been flushed, so it is listened for to the end.
  void ended.promise.then(stop, stop);
  return {
    onDrain(step) {
      if (!ending.signal.aborted) steps.add(step);
      return () => void steps.delete(step);
    },
    end,
    ending: ending.signal,
    ended: ended.promise,
  };
}

/** F1. */
async function drain(steps: readonly DrainStep[], clock: Clock, limitMs: number): Promise<DrainFailure[]> {
  const failures: DrainFailure[] = [];
  const untilMs = clock.monotonic() + limitMs;
  for (const step of steps) {
    // F2: one that had no time left is still asked: it may have nothing to wait for.
    const error = await runStep(step, clock, Math.max(0, untilMs - clock.monotonic()));
    if (error !== undefined) failures.push({ name: step.name, error });
  }
  return failures;
}

async function runStep(step: DrainStep, clock: Clock, limitMs: number): Promise<string | undefined> {
  const overtime = new AbortController();
  const late = Promise.withResolvers<string>();
  // It keeps the process alive: between two steps nothing else may.
  const timer = clock.setTimer(
    limitMs,
    () => {
      overtime.abort();
      late.resolve(`not done within ${Math.round(limitMs)} ms`);
    },
    { ref: true },
  );
  try {
    const done = step.run(limitMs, overtime.signal).then(() => undefined);
    return await Promise.race([done, late.promise]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    timer.cancel();
  }
}

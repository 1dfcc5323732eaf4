/**
 * The one way of emitting: an event in binary mode to a sink, with retries, and its end as a value.
 *
 * M1. Every emission ends with exactly one outcome, within its deadline and one attempt's timeout at most.
 * M2. What is under way is bounded in events and in bytes; beyond it the outcome is `overflow`, at once.
 * M3. After `close` nothing is taken, and nothing is left under way when it resolves.
 *
 * Codes that are tried again are those of every delivery (reference section 4.2); how often, section 6.1.
 */
import { classifyStatus, type RetryHint, sizeOfEvent, waitBeforeRetryMs } from '@millrace/api';
import type { Clock, Random, Timer } from '@millrace/runtime';
import { deadlineMsDefault, emitPolicy, pendingBytesMax, pendingEventsMax } from './limits.ts';
import type { Emission, EmitOutcome, Emitter, UnsentOutcome } from './outcome.ts';
import { Pools, type PostResult, post } from './post.ts';

export interface EmitterOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Other limits, for tests. */
  readonly timeoutMs?: number;
  readonly eventsMax?: number;
  readonly bytesMax?: number;
}

/** The emitter that all sources of a process share, so that its limits hold for them together. */
export function createEmitter(options: EmitterOptions): Emitter {
  return new PooledEmitter(options);
}

const givenUp = 'the process is stopping';

class PooledEmitter implements Emitter {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #timeoutMs: number;
  readonly #eventsMax: number;
  readonly #bytesMax: number;
  readonly #pools = new Pools();
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<EmitOutcome>>();
  #bytes = 0;
  #closed = false;

  constructor(options: EmitterOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#timeoutMs = options.timeoutMs ?? emitPolicy.timeoutMs;
    this.#eventsMax = options.eventsMax ?? pendingEventsMax;
    this.#bytesMax = options.bytesMax ?? pendingBytesMax;
  }

  get pending(): number {
    return this.#running.size;
  }

  emit(emission: Emission): Promise<EmitOutcome> {
    const bytes = sizeOfEvent(emission.event);
    const refused = this.#admit(emission, bytes);
    if (refused) return Promise.resolve(refused);
    this.#bytes += bytes;
    const running = this.#run(emission).finally(() => {
      this.#bytes -= bytes;
      this.#running.delete(running);
    });
    this.#running.add(running);
    return running;
  }

  async close(limitMs: number): Promise<number> {
    this.#closed = true; // M3
    const left = [...this.#running];
    let timer: Timer | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(limitMs, resolve, { ref: true });
    });
    await Promise.race([Promise.allSettled(left), limit]);
    timer?.cancel();
    this.#abort.abort(givenUp);
    const outcomes = await Promise.all(left);
    await this.#pools.close();
    return outcomes.filter((outcome) => outcome.kind === 'stopped').length;
  }

  #admit(emission: Emission, bytes: number): UnsentOutcome | undefined {
    if (this.#closed) return { kind: 'stopped', attempts: 0, reason: givenUp };
    if (!/^https?:\/\//i.test(emission.sink.url) || !URL.canParse(emission.sink.url)) {
      return { kind: 'no-sink', attempts: 0, reason: `sink: expected an http or https URL, got ${emission.sink.url}` };
    }
    // M2. A single event larger than the limit is taken when nothing else is under way: it could never go otherwise.
    const full = this.#running.size >= this.#eventsMax || (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax);
    if (!full) return undefined;
    const held = `${this.#running.size} events, ${this.#bytes} bytes`;
    return { kind: 'overflow', attempts: 0, reason: `too much is waiting for sinks (${held})` };
  }

  async #run(emission: Emission): Promise<EmitOutcome> {
    const endMs = this.#clock.monotonic() + (emission.deadlineMs ?? deadlineMsDefault);
    for (let attempts = 1; ; attempts++) {
      const result = await this.#attempt(emission, endMs);
      if (result.kind === 'answer' && classifyStatus(result.statusCode) === 'success') {
        return { kind: 'sent', statusCode: result.statusCode, attempts };
      }
      if (this.#abort.signal.aborted) return { kind: 'stopped', attempts, reason: givenUp };
      const unsent = describe(result, attempts);
      if (result.kind === 'answer' && classifyStatus(result.statusCode) === 'fail') return unsent;
      if (attempts > emitPolicy.retryMax) return unsent;
      const waitMs = this.#waitMs(attempts, result);
      if (this.#clock.monotonic() + waitMs >= endMs) return unsent; // M1
      if (!(await this.#sleep(waitMs))) return { kind: 'stopped', attempts, reason: givenUp };
    }
  }

  async #attempt({ sink, namespace, event }: Emission, endMs: number): Promise<PostResult> {
    const limitMs = Math.min(this.#timeoutMs, endMs - this.#clock.monotonic());
    const timeout = new AbortController();
    const timer = this.#clock.setTimer(limitMs, () => timeout.abort(`no answer in ${Math.ceil(limitMs)} ms`), {
      ref: true,
    });
    const signal = AbortSignal.any([timeout.signal, this.#abort.signal]);
    return post(this.#pools, { sink, namespace, event, signal, released: () => timer.cancel() });
  }

  #waitMs(attempts: number, result: PostResult): number {
    const hint: RetryHint | undefined =
      result.kind === 'answer' ? { status: result.statusCode, retryAfter: result.retryAfter } : undefined;
    return waitBeforeRetryMs(emitPolicy, attempts, this.#random.next(), this.#clock.now(), hint);
  }

  /** False when the emitter gave up meanwhile. */
  #sleep(waitMs: number): Promise<boolean> {
    const { signal } = this.#abort;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (done: boolean) => {
        timer.cancel();
        signal.removeEventListener('abort', stop);
        resolve(done);
      };
      const stop = () => end(false);
      const timer = this.#clock.setTimer(waitMs, () => end(true), { ref: true });
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}

function describe(result: PostResult, attempts: number): UnsentOutcome {
  if (result.kind === 'no-answer') return { kind: 'no-answer', attempts, reason: result.reason };
  const { statusCode, body, retryAfter } = result;
  const reason = body === '' ? `the sink answered ${statusCode}` : `the sink answered ${statusCode}: ${body}`;
  return { kind: 'refused', statusCode, attempts, reason, ...(retryAfter !== undefined && { retryAfter }) };
}

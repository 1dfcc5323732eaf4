/**
 * The world around the engine: clock, random source, log, dead-letter store, subscribers and sinks, and a record of what
 * reached them. A crash ends a life: nothing of it is called, answered or recorded any more.
 */
import type { CloudEvent, SubscriptionRoute } from '@millrace/api';
import {
  type Attempt,
  type AttemptOutcome,
  type CursorCommit,
  createDispatcher,
  type DeadLetterStore,
  type Deliverer,
  type Dispatcher,
  type DispatchLimits,
  type FlowEvent,
  type LogStore,
  type MakeMatcher,
  type NewDeadLetter,
  type PutOutcome,
  type ReplyOutcome,
} from '@millrace/channel';
import { type Clock, silentLogger } from '@millrace/runtime';
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { emptyHistory, type History, type SeenAttempt, wants } from './history.ts';
import { SimRoom } from './room.ts';
import { DurableLog, SimLog } from './sim-log.ts';

/** How a subscriber or sink answers. */
export type Manner =
  | 'ok'
  | 'slow'
  | 'fails'
  | 'flaps'
  | 'hangs'
  | 'rejects'
  | 'says-wait'
  | 'replies'
  | 'reply-refused'
  | 'reply-refused-for-good';

/** Probabilities of failure, and the longest an operation takes. */
export interface Faults {
  append: number;
  read: number;
  commit: number;
  deadLetters: number;
  delayMs: number;
}

export const noFaults: Faults = { append: 0, read: 0, commit: 0, deadLetters: 0, delayMs: 2 };

/** Defects put in at the ports, for the canaries. */
export interface Mutations {
  commit?(change: CursorCommit): CursorCommit;
  route?(route: SubscriptionRoute): SubscriptionRoute;
  attempt?(attempt: Attempt, deliver: () => Promise<AttemptOutcome>, world: World): Promise<AttemptOutcome>;
  put?(letter: NewDeadLetter): PutOutcome | undefined;
  matchesAll?: boolean;
  keepsTurns?: boolean;
}

export class World {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly history: History = emptyHistory();
  readonly durable: DurableLog;
  readonly limits: Partial<DispatchLimits>;
  readonly mutate: Mutations;
  readonly manners = new Map<string, Manner>();
  readonly letters = new Map<string, { trigger: string; eventId: string }>();
  faults: Faults = noFaults;
  lettersFull = false;
  /** Recent attempts that a host of subscribers takes at once. */
  roomMax = Number.POSITIVE_INFINITY;
  life = -1;
  log: SimLog | undefined;
  dispatcher: Dispatcher | undefined;
  readonly #underWay = new Map<string, number>();
  #seq = 0;
  #letterId = 0;

  constructor(seed: number, options: { partitions: number; limits: Partial<DispatchLimits>; mutate: Mutations }) {
    this.random = new SeededRandom(seed);
    this.limits = options.limits;
    this.mutate = options.mutate;
    this.durable = new DurableLog(this, options.partitions);
  }

  get seq(): number {
    return this.#seq;
  }

  /** Takes the next number of the run's order. */
  tick(): number {
    return ++this.#seq;
  }

  violation(text: string): void {
    this.history.violations.push(text);
    this.note(`VIOLATION ${text}`);
  }

  note(text: string): void {
    this.history.timeline.push(`${this.clock.monotonic().toFixed(1)} #${this.#seq} life ${this.life}: ${text}`);
  }

  /** Resolves after a time of this life; never when the life ends first. */
  delay(ms: number): Promise<void> {
    const { life } = this;
    return new Promise((resolve) => {
      this.clock.setTimer(ms, () => {
        if (life === this.life) resolve();
      });
    });
  }

  /** Begins a new life on what is durable. */
  begin(): void {
    this.life++;
    const { life } = this;
    this.#underWay.clear();
    const log = new SimLog(this, this.durable);
    this.log = log;
    const clock: Clock = {
      now: () => this.clock.now(),
      monotonic: () => this.clock.monotonic(),
      setTimer: (delayMs, callback) => this.clock.setTimer(delayMs, () => life === this.life && callback()),
    };
    const logs: LogStore = {
      kind: 'memory',
      open: async () => log,
      list: async () => ['log'],
      remove: async () => {},
      close: async () => {},
    };
    this.dispatcher = createDispatcher({
      clock,
      random: new SeededRandom(this.random.below(2 ** 31)),
      logger: silentLogger,
      logs,
      deadLetters: this.#deadLetters(life),
      deliverer: new SimRoom(clock, this.roomMax).around(this.#deliverer(life), !this.mutate.keepsTurns),
      makeMatcher: this.#makeMatcher(),
      storeReply: ({ event }) => this.#storeReply(life, event),
      flow: (event) => this.#flow(life, event),
      limits: this.limits,
    });
  }

  /** The process is gone, in the middle of whatever it did. */
  end(how: 'crash' | 'drain'): void {
    this.history.ends.push({ life: this.life, seq: this.tick(), how });
    this.note(how);
    // Until the next one begins, no life is the current one.
    this.life += 0.5;
    this.dispatcher = undefined;
    this.log = undefined;
  }

  /** The whole number of the next life. */
  rebegin(): void {
    this.life = Math.floor(this.life);
    this.begin();
  }

  #makeMatcher(): MakeMatcher {
    return (entries) => ({
      match: (event: CloudEvent) =>
        entries
          .filter(({ route }) => this.mutate.matchesAll || wants(route, event.attributes['type'] ?? ''))
          .map(({ value }) => value),
    });
  }

  #deadLetters(life: number): DeadLetterStore {
    return {
      put: async (letter) => {
        if (life !== this.life) return new Promise(() => {});
        await this.delay(this.random.below(3));
        const mutated = this.mutate.put?.(letter);
        if (mutated) return mutated;
        if (this.lettersFull) return { kind: 'full', reason: 'simulated' };
        if (this.random.chance(this.faults.deadLetters)) return { kind: 'failed', reason: 'simulated' };
        const eventId = letter.event.attributes['id'] ?? '';
        this.letters.set(`${letter.subscription.uid}/${letter.partition}/${letter.offset}`, {
          trigger: letter.subscription.uid,
          eventId,
        });
        return { kind: 'kept', id: this.#letterId++ };
      },
      list: async () => [],
      count: () => this.letters.size,
      remove: async () => {},
      close: async () => {},
    };
  }

  #deliverer(life: number): Deliverer {
    return {
      attempt: async (attempt, signal) => {
        if (life !== this.life) return new Promise(() => {});
        const deliver = () => this.#serve(attempt, signal);
        return this.mutate.attempt ? this.mutate.attempt(attempt, deliver, this) : deliver();
      },
      close: async () => {},
    };
  }

  async #serve(attempt: Attempt, signal: AbortSignal): Promise<AttemptOutcome> {
    // http://<subscriber or sink>/<trigger>
    const [, , to, trigger = ''] = attempt.target.url.split('/');
    const seen: SeenAttempt = {
      trigger,
      to: to === 'sink' ? 'sink' : 'subscriber',
      eventId: attempt.event.attributes['id'] ?? '',
      life: this.life,
      startSeq: this.tick(),
      startMs: this.clock.monotonic(),
      result: 'open',
    };
    this.history.attempts.push(seen);
    this.note(`${seen.eventId} -> ${to} ${trigger}`);
    if (attempt.event.attributes['knativebrokerttl'] !== undefined) this.violation('the TTL reached a subscriber');
    if (attempt.wantsReply !== (seen.to === 'subscriber')) this.violation('wrong Prefer: reply');
    const outcome = await this.#answer(attempt, signal, this.manners.get(`${to}/${trigger}`) ?? 'ok');
    seen.endSeq = this.tick();
    seen.endMs = this.clock.monotonic();
    if (outcome.kind === 'accepted' && outcome.reply === undefined) seen.result = 'taken';
    else if (outcome.kind === 'refused') seen.result = 'refused';
    else if (outcome.kind === 'cancelled') seen.result = 'cancelled';
    else if (outcome.kind === 'no-answer') seen.result = 'timeout';
    this.note(`${seen.eventId} <- ${to} ${trigger}: ${outcome.kind}`);
    return outcome;
  }

  async #answer(attempt: Attempt, signal: AbortSignal, manner: Manner): Promise<AttemptOutcome> {
    const { random } = this;
    const latencyMs = manner === 'slow' ? 50 + random.below(300) : 1 + random.below(8);
    const waitMs = manner === 'hangs' ? attempt.timeoutMs : Math.min(latencyMs, attempt.timeoutMs);
    const aborted = new Promise<'aborted'>((resolve) => {
      if (signal.aborted) resolve('aborted');
      signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    });
    if ((await Promise.race([this.delay(waitMs), aborted])) === 'aborted') return { kind: 'cancelled' };
    if (waitMs >= attempt.timeoutMs) return { kind: 'no-answer', why: 'timeout', error: 'timeout', latencyMs: waitMs };
    const refused = (statusCode: number): AttemptOutcome => ({
      kind: 'refused',
      statusCode,
      latencyMs,
      body: new Uint8Array(0),
      ...(statusCode === 429 ? { retryAfter: '1' } : {}),
    });
    const accepted: AttemptOutcome = { kind: 'accepted', statusCode: 200, latencyMs };
    switch (manner) {
      case 'fails':
        return refused(503);
      case 'flaps':
        return random.chance(0.5) ? refused(500) : accepted;
      case 'rejects':
        return refused(400);
      case 'says-wait':
        return random.chance(0.5) ? refused(429) : accepted;
      case 'replies':
      case 'reply-refused':
      case 'reply-refused-for-good':
        return { ...accepted, reply: replyTo(attempt, manner) };
      default:
        return accepted;
    }
  }

  async #storeReply(life: number, reply: CloudEvent): Promise<ReplyOutcome> {
    if (life !== this.life) return new Promise(() => {});
    await this.delay(this.random.below(3));
    const eventId = reply.attributes['replyto'];
    if (reply.attributes['knativebrokerttl'] !== '7') this.violation('a reply came without the TTL of its event');
    const trigger = reply.attributes['trigger'];
    const seen = this.history.attempts.findLast(
      (attempt) => attempt.eventId === eventId && attempt.trigger === trigger,
    );
    const manner = reply.attributes['manner'];
    const stored = manner === 'replies' || (manner === 'reply-refused' && this.random.chance(0.5));
    if (seen) seen.result = stored ? 'taken' : 'reply-refused';
    if (stored) return { kind: 'stored' };
    return { kind: 'refused', statusCode: 503, reason: 'simulated', retryable: manner === 'reply-refused' };
  }

  #flow(life: number, event: FlowEvent): void {
    if (life !== this.life || event.kind !== 'settled') return;
    const eventId = event.record.event.attributes['id'] ?? '';
    const { kind } = event.terminal;
    this.history.terminals.push({ trigger: event.subscription, eventId, life, kind, seq: this.tick() });
    this.note(`${eventId} settled for ${event.subscription}: ${kind}`);
  }
}

function replyTo({ event, target }: Attempt, manner: string): CloudEvent {
  const trigger = target.url.split('/')[3];
  const attributes = { id: 'reply', source: '/s', type: 'reply', replyto: event.attributes['id'], manner, trigger };
  return { specversion: '1.0', attributes };
}

/** An engine on a memory log under a virtual clock, with subscribers that answer as a test says. */
import type { CloudEvent, SubscriptionRoute } from '@millrace/api';
import { silentLogger, type Waiter } from '@millrace/runtime';
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { MemoryDeadLetters } from '../../src/dead-letter/index.ts';
import type { Attempt, AttemptOutcome } from '../../src/delivery/delivery.ts';
import {
  type CursorView,
  createDispatcher,
  type Dispatcher,
  type FlowEvent,
  type ReplyOutcome,
  type StoreReply,
} from '../../src/dispatch/index.ts';
import type { DispatchLimits } from '../../src/dispatch/limits.ts';
import type { EventLog } from '../../src/log/log.ts';
import { type MemoryFaults, MemoryLogStore } from '../../src/log/memory/index.ts';

type Answer = (attempt: Attempt, number: number) => AttemptOutcome | Promise<AttemptOutcome>;

export const accepted: AttemptOutcome = { kind: 'accepted', statusCode: 200, latencyMs: 1 };

export function refused(statusCode: number, more: { retryAfter?: string; body?: string } = {}): AttemptOutcome {
  const { retryAfter, body = '' } = more;
  const header = retryAfter === undefined ? {} : { retryAfter };
  return { kind: 'refused', statusCode, latencyMs: 1, body: Buffer.from(body), ...header };
}

export function route(uid: string, more: Partial<SubscriptionRoute> = {}): SubscriptionRoute {
  return {
    uid,
    kind: 'Trigger',
    namespace: 'ns',
    name: uid,
    revision: 1,
    filter: {},
    subscriber: { url: `http://${uid}/` },
    delivery: {
      retryMax: 0,
      backoffPolicy: 'linear',
      backoffDelayMs: 1_000,
      timeoutMs: 1_000,
      retryAfterMaxMs: 30_000,
    },
    order: 'unordered',
    start: { kind: 'latest' },
    paused: false,
    maxInFlight: 10,
    ...more,
  };
}

export interface Sent {
  readonly atMs: number;
  readonly attempt: Attempt;
  readonly id: string;
}

export class Harness {
  readonly clock = new VirtualClock();
  readonly deadLetters = new MemoryDeadLetters();
  readonly sent: Sent[] = [];
  readonly flow: FlowEvent[] = [];
  readonly faults: { -readonly [name in keyof MemoryFaults]: MemoryFaults[name] } = {};
  answer: Answer = () => accepted;
  reply: StoreReply = async (): Promise<ReplyOutcome> => ({ kind: 'stored' });
  putFails: string | undefined;
  /** How many events the matcher was asked about. */
  judged = 0;
  /** Attempts at one URL that may be under way; whoever delivers has no room for more. */
  roomMax = Number.POSITIVE_INFINITY;
  readonly underWay = new Map<string, number>();
  readonly #waiting: { readonly url: string; readonly waiter: Waiter }[] = [];
  readonly logs = new MemoryLogStore({ clock: this.clock, random: new SeededRandom(1), faults: this.faults });
  dispatcher: Dispatcher;
  #next = 0;

  readonly limits: Partial<DispatchLimits>;

  constructor(limits: Partial<DispatchLimits> = {}) {
    this.limits = limits;
    this.dispatcher = this.begin();
  }

  begin(): Dispatcher {
    const { clock, logs, limits } = this;
    this.dispatcher = createDispatcher({
      clock,
      random: new SeededRandom(2),
      logger: silentLogger,
      logs,
      limits,
      deadLetters: {
        put: async (letter) =>
          this.putFails === undefined ? this.deadLetters.put(letter) : { kind: 'full', reason: this.putFails },
        list: (query) => this.deadLetters.list(query),
        count: (uid) => this.deadLetters.count(uid),
        remove: (ids) => this.deadLetters.remove(ids),
        close: () => this.deadLetters.close(),
      },
      deliverer: {
        attempt: async (attempt, signal) => {
          const number = this.sent.push({
            atMs: clock.monotonic(),
            attempt,
            id: attempt.event.attributes['id'] ?? '',
          });
          const cancelled = new Promise<AttemptOutcome>((resolve) => {
            signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }), { once: true });
          });
          const { url } = attempt.target;
          this.underWay.set(url, this.#under(url) + 1);
          const outcome = await Promise.race([this.answer(attempt, number), cancelled]);
          this.underWay.set(url, this.#under(url) - 1);
          this.#giveTurns();
          return outcome;
        },
        hasRoom: ({ url }, waiter) => {
          if (this.#under(url) < this.roomMax) return true;
          if (waiter) this.#waiting.push({ url, waiter });
          return false;
        },
        close: async () => {},
      },
      makeMatcher: (entries) => ({
        match: (event) => {
          this.judged++;
          return entries.filter((entry) => wants(entry.route, event)).map(({ value }) => value);
        },
      }),
      storeReply: (reply) => this.reply(reply),
      flow: (event) => this.flow.push(event),
    });
    return this.dispatcher;
  }

  #under(url: string): number {
    return this.underWay.get(url) ?? 0;
  }

  #giveTurns(): void {
    const first = this.#waiting.findIndex(({ url }) => this.#under(url) < this.roomMax);
    if (first < 0) return;
    const [one] = this.#waiting.splice(first, 1);
    one?.waiter.onTurn();
    this.#giveTurns();
  }

  async apply(...subscriptions: SubscriptionRoute[]): Promise<void> {
    const retention = { ageMs: 1e9, bytes: 1e9 };
    const named = { uid: 'log', kind: 'Broker' as const, namespace: 'ns', name: 'b', path: '/ns/b', hosts: ['broker'] };
    const done = this.dispatcher.apply({ logs: [{ ...named, retention, subscriptions }] });
    await this.clock.advance(10);
    await done;
  }

  get log(): EventLog {
    const log = this.dispatcher.logFor('log');
    if (!log) throw new Error('the log is not open');
    return log;
  }

  /** Appends events named e0, e1, … and lets what follows at once happen. */
  async append(count: number, more: { type?: string; key?: string; bytes?: number; ttl?: string } = {}): Promise<void> {
    const records = Array.from({ length: count }, () => {
      const attributes = Object.assign(Object.create(null), {
        id: `e${this.#next++}`,
        source: '/s',
        type: more.type ?? 't',
        ...(more.ttl === undefined ? {} : { knativebrokerttl: more.ttl }),
      });
      const event: CloudEvent = { specversion: '1.0', attributes, data: new Uint8Array(more.bytes ?? 10) };
      return { event, headers: [], ...(more.key === undefined ? {} : { key: more.key }) };
    });
    const outcome = this.log.append(records);
    await this.clock.advance(1);
    if ((await outcome).kind !== 'appended') throw new Error('not appended');
    await this.clock.advance(1);
  }

  view(uid = 't'): CursorView {
    const view = this.dispatcher.views().find(({ subscription }) => subscription === uid);
    if (!view) throw new Error(`no view of ${uid}`);
    return view;
  }

  ids(): string[] {
    return this.sent.map(({ id }) => id);
  }

  settled(): Extract<FlowEvent, { kind: 'settled' }>[] {
    return this.flow.filter((event) => event.kind === 'settled');
  }
}

function wants({ filter }: SubscriptionRoute, event: CloudEvent): boolean {
  const type = filter.attributes?.['type'];
  return type === undefined || type === event.attributes['type'];
}

/**
 * One random run of several engines on one shared log: partitions move, sessions run out, processes die and come.
 * Each process has the same table, as the same manifests give it. The seed decides all of it.
 */
import type { CloudEvent, LogRoute, SubscriptionRoute } from '@millrace/api';
import { type Attempt, type AttemptOutcome, createDispatcher, type Dispatcher } from '@millrace/channel';
import { silentLogger } from '@millrace/runtime';
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { Disk, Group, Handle, type SharedWorld } from './shared-log.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const PARTITIONS = 3;
/** Virtual time in which a healed system must have delivered everything. */
const CONVERGE_MS = 600_000;

/** An attempt that its subscriber took, or did not. */
interface Seen {
  readonly subscription: string;
  readonly id: string;
  readonly process: number;
  taken: boolean;
}

export interface SharedHistory {
  readonly violations: string[];
  /** Acknowledged, in the order of the log within a key. */
  readonly events: { readonly id: string; readonly key: string; readonly partition: number; readonly offset: number }[];
  readonly subscriptions: readonly SubscriptionRoute[];
  readonly attempts: Seen[];
  /** What is in the dead-letter store, as `subscription/id`. */
  readonly letters: Set<string>;
  /** Sessions that ran out, and processes that died. */
  faults: number;
  moves: number;
}

interface Process {
  readonly number: number;
  readonly handle: Handle;
  readonly dispatcher: Dispatcher;
}

export class SharedRun {
  readonly world: SharedWorld;
  readonly history: SharedHistory;
  readonly #disk: Disk;
  readonly #group: Group;
  readonly #orderly: boolean;
  readonly #processes = new Set<Process>();
  #healed = false;
  #numbers = 0;
  #eventNumber = 0;

  constructor(seed: number, { orderly }: { readonly orderly: boolean }) {
    const random = new SeededRandom(seed);
    this.world = { clock: new VirtualClock(), random, violations: [] };
    this.#disk = new Disk(this.world, PARTITIONS);
    this.#group = new Group(this.world, PARTITIONS);
    this.#orderly = orderly;
    this.history = {
      violations: this.world.violations,
      events: [],
      subscriptions: this.#routes(),
      attempts: [],
      letters: new Set(),
      faults: 0,
      moves: 0,
    };
  }

  async run(): Promise<SharedHistory> {
    const { clock, random } = this.world;
    await this.#start();
    await this.#settle(this.#group.deal('in order'));
    for (let actions = 20 + random.below(40); actions > 0; actions--) {
      await this.#act();
      await clock.advance(random.chance(0.2) ? random.below(2_000) : random.below(60));
    }
    this.#healed = true;
    if (this.#processes.size === 0) await this.#start();
    await this.#settle(this.#group.deal('in order'));
    const startMs = clock.monotonic();
    while (!this.#isDone() && clock.monotonic() - startMs < CONVERGE_MS) await clock.advance(200);
    if (!this.#isDone()) {
      const views = [...this.#processes].map(({ number, handle, dispatcher }) => ({
        number,
        serves: handle.partitions,
        views: dispatcher.views(),
      }));
      this.world.violations.push(`not converged: ${JSON.stringify(views)}`);
    }
    return this.history;
  }

  async #act(): Promise<void> {
    const { random } = this.world;
    const roll = random.below(100);
    if (roll < 70) this.#append(1 + random.below(12));
    else if (roll < 84) await this.#move('in order');
    else if (roll < 90 && this.#processes.size < 3) {
      await this.#start();
      await this.#move('in order');
    } else if (roll < 94) await this.#end(random.pick([...this.#processes]));
    else if (this.#orderly) return;
    else if (roll < 97) await this.#move('lost');
    else await this.#die(random.pick([...this.#processes]));
  }

  async #move(how: 'in order' | 'lost'): Promise<void> {
    this.history.moves++;
    if (how === 'lost') this.history.faults++;
    await this.#settle(this.#group.deal(how));
  }

  async #start(): Promise<void> {
    const { clock, random } = this.world;
    const handle = new Handle(this.world, this.#disk, this.#group);
    const number = this.#numbers++;
    const dispatcher = createDispatcher({
      clock: {
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        setTimer: (delayMs, callback) => clock.setTimer(delayMs, () => handle.alive && callback()),
      },
      random: new SeededRandom(random.below(2 ** 31)),
      logger: silentLogger,
      logs: {
        kind: 'kafka',
        open: async () => handle,
        list: async () => [],
        remove: async () => {},
        close: async () => {},
      },
      deadLetters: {
        put: async ({ subscription, event }) => {
          if (!handle.alive) return new Promise(() => {});
          this.history.letters.add(`${subscription.uid}/${event.attributes['id']}`);
          return { kind: 'kept', id: 1 };
        },
        list: async () => [],
        count: () => 0,
        remove: async () => {},
        close: async () => {},
      },
      deliverer: {
        attempt: (attempt, signal) => this.#serve(handle, number, attempt, signal),
        close: async () => {},
      },
      makeMatcher: (entries) => ({ match: () => entries.map(({ value }) => value) }),
      storeReply: async () => ({ kind: 'stored' }),
      limits: {
        windowEvents: 4 + random.below(20),
        readRecords: 1 + random.below(8),
        readAheadRecords: 1 + random.below(9),
      },
    });
    this.#processes.add({ number, handle, dispatcher });
    const apply = (): void => {
      // As the data plane does: a table that could not be applied is tried again.
      const again = () => void clock.setTimer(100, () => handle.alive && apply());
      dispatcher.apply({ logs: [logRoute(this.history.subscriptions)] }).catch(again);
    };
    apply();
    await clock.advance(50);
  }

  /** SIGTERM: deliveries end or are handed back, and partitions are given back in order. */
  async #end(process: Process): Promise<void> {
    if (this.#processes.size < 2) return;
    this.#processes.delete(process);
    this.history.moves++;
    await this.#settle(process.dispatcher.drain(20_000));
    process.handle.alive = false;
  }

  /** kill -9 */
  async #die(process: Process): Promise<void> {
    if (this.#processes.size < 2) return;
    this.#processes.delete(process);
    this.history.faults++;
    process.handle.alive = false;
    await this.world.clock.advance(500);
    await this.#settle(this.#group.bury(process.handle));
  }

  #append(count: number): void {
    const { random } = this.world;
    const [process] = this.#processes;
    if (!process) return;
    const keys = Array.from({ length: count }, () => random.pick(KEYS));
    const records = keys.map((key) => ({ event: this.#event(key), headers: [], key }));
    void process.handle.append(records).then((outcome) => {
      if (outcome.kind !== 'appended') return;
      for (const [index, { partition, offset }] of outcome.positions.entries()) {
        const id = records[index]!.event.attributes['id'] ?? '';
        this.history.events.push({ id, key: keys[index] ?? '', partition, offset });
      }
    });
  }

  #event(key: string): CloudEvent {
    const attributes = { id: `e${this.#eventNumber++}`, source: '/s', type: 't', partitionkey: key };
    return { specversion: '1.0', attributes: Object.assign(Object.create(null), attributes) };
  }

  async #serve(handle: Handle, process: number, attempt: Attempt, signal: AbortSignal): Promise<AttemptOutcome> {
    if (!handle.alive) return new Promise(() => {});
    const { clock, random } = this.world;
    const subscription = attempt.target.url.replace('http://', '');
    const seen: Seen = { subscription, id: attempt.event.attributes['id'] ?? '', process, taken: false };
    this.history.attempts.push(seen);
    // What reached the subscriber is taken, whether the sender lives to hear of it or not.
    const fails = !this.#healed && subscription !== 'healthy' && random.chance(0.3);
    seen.taken = !fails;
    const answered = new Promise<AttemptOutcome>((resolve) => {
      clock.setTimer(subscription === 'slow' ? random.below(900) : random.below(20), () => {
        if (!handle.alive) return;
        if (fails) resolve({ kind: 'refused', statusCode: 503, latencyMs: 1, body: new Uint8Array(0) });
        else resolve({ kind: 'accepted', statusCode: 200, latencyMs: 1 });
      });
    });
    const cancelled = new Promise<AttemptOutcome>((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }), { once: true });
    });
    return Promise.race([answered, cancelled]);
  }

  #routes(): SubscriptionRoute[] {
    const { random } = this.world;
    const route = (uid: string, more: Partial<SubscriptionRoute>): SubscriptionRoute => ({
      uid,
      kind: 'Subscription',
      cursorName: `group-${uid}`,
      namespace: 'ns',
      name: uid,
      revision: 1,
      filter: {},
      subscriber: { url: `http://${uid}` },
      delivery: {
        retryMax: random.below(6),
        backoffPolicy: 'exponential',
        backoffDelayMs: random.below(300),
        timeoutMs: 2_000,
        retryAfterMaxMs: 30_000,
      },
      order: 'unordered',
      start: { kind: 'earliest' },
      paused: false,
      maxInFlight: 1 + random.below(6),
      ...more,
    });
    return [
      route('healthy', { maxInFlight: 64 }),
      route('ordered', { order: 'ordered' }),
      route('slow', { order: random.pick(['ordered', 'unordered']) }),
    ];
  }

  /** Lets a change of the group come to its end, while everything else goes on. */
  async #settle(work: Promise<unknown>): Promise<void> {
    let done = false;
    void work.then(() => {
      done = true;
    });
    await this.world.clock.advanceUntil(() => done, 90_000);
  }

  #isDone(): boolean {
    const views = [...this.#processes].flatMap(({ dispatcher }) => dispatcher.views());
    return (
      views.every(({ lag, inFlight, retrying }) => lag === 0 && inFlight === 0 && retrying === 0) && this.#allRecorded()
    );
  }

  #allRecorded(): boolean {
    return this.history.subscriptions.every(({ cursorName }) =>
      this.#disk.partitions.every((records, partition) => {
        const state = this.#disk.cursors.get(`${cursorName}/${partition}`);
        if (!state) return records.length === 0;
        const upTo = state.detached
          ? state.seenUpTo
          : Math.max(state.seenUpTo, this.#disk.readUpTo.get(partition) ?? 0);
        return upTo === records.length && state.pending.length === 0;
      }),
    );
  }
}

function logRoute(subscriptions: readonly SubscriptionRoute[]): LogRoute {
  const retention = { ageMs: 1e9, bytes: 1e9 };
  const path = '/channels/ns/c';
  return { uid: 'log', kind: 'Channel', namespace: 'ns', name: 'c', path, hosts: [], retention, subscriptions };
}

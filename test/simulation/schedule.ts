/**
 * One random run: a world in which everything goes wrong for a while (safety), and then heals (liveness).
 * The seed decides all of it; the same seed gives the same run.
 */
import type { CloudEvent, LogRoute, SubscriptionRoute } from '@millrace/api';
import { sizeOfEvent } from '@millrace/api';
import type { DispatchLimits } from '@millrace/channel';
import type { History, TriggerHistory } from './history.ts';
import { type Manner, type Mutations, noFaults, World } from './world.ts';

export const HEALTHY = 'healthy';
/** Virtual time in which a healed system must have delivered everything. */
const CONVERGE_MS = 180_000;
const TYPES = ['a', 'b', 'c'];
const KEYS = ['k1', 'k2', 'k3', ''];
const SUBSCRIBER_MANNERS: readonly Manner[] = [
  'ok',
  'ok',
  'slow',
  'fails',
  'flaps',
  'hangs',
  'rejects',
  'says-wait',
  'replies',
  'reply-refused',
  'reply-refused-for-good',
];
const SINK_MANNERS: readonly Manner[] = ['ok', 'fails', 'flaps', 'hangs'];

/** Limits small enough that a short run reaches all of them. */
function smallLimits(world: { below(n: number): number; chance(p: number): boolean }): Partial<DispatchLimits> {
  return {
    windowEvents: 4 + world.below(24),
    windowBytes: 2_000 + world.below(20_000),
    orderedOpen: 16 + world.below(64),
    budgetBytes: world.chance(0.3) ? 1_500 + world.below(4_000) : 1_000_000,
    readRecords: 1 + world.below(16),
    readBytes: 300 + world.below(4_000),
    concurrentReads: 1 + world.below(4),
    batchesInARow: 1 + world.below(4),
    readAheadRecords: 1 + world.below(40),
    readAheadBytes: 1_000 + world.below(20_000),
    positionWithinMs: 1 + world.below(2_000),
    slotsPerCommit: 1 + world.below(8),
    commitWithinMs: 1 + world.below(50),
  };
}

export class Schedule {
  readonly world: World;
  readonly #routes = new Map<string, SubscriptionRoute>();
  readonly #trims: boolean;
  readonly #replyLog: boolean;
  #eventNumber = 0;
  #triggerNumber = 0;
  #applying = 0;

  constructor(seed: number, mutate: Mutations = {}) {
    const options = { partitions: 1, limits: {} as Partial<DispatchLimits>, mutate };
    this.world = new World(seed, options);
    const { random } = this.world;
    Object.assign(this.world.limits, smallLimits(random));
    if (random.chance(0.3)) this.world.durable.partitions.push({ records: [], start: 0, end: 0 });
    // With so little memory, hanging subscribers hold it up to their timeout, and nobody can be promised a latency.
    if ((this.world.limits.budgetBytes ?? 0) < 1_000_000) this.world.history.roomy = false;
    if (random.chance(0.5)) this.world.roomMax = 2 + random.below(6);
    this.#trims = random.chance(0.5);
    this.#replyLog = true;
  }

  async run(): Promise<History> {
    const { world } = this;
    const { random } = world;
    if (random.chance(0.5)) {
      const rate = () => (random.chance(0.5) ? random.next() * 0.2 : 0);
      world.faults = { append: rate(), read: rate(), commit: rate(), deadLetters: rate(), delayMs: random.below(8) };
      world.history.faultless = false;
    }
    world.begin();
    this.#addTrigger(HEALTHY);
    for (let count = random.below(4); count >= 0; count--) this.#addTrigger();
    this.#apply();
    await world.clock.advance(random.below(30));
    for (let actions = 15 + random.below(40); actions > 0; actions--) {
      await this.#act();
      await this.#advance(random.chance(0.2) ? random.below(1_500) : random.below(40));
    }
    await this.#heal();
    return world.history;
  }

  async #act(): Promise<void> {
    const { world } = this;
    const { random } = world;
    const roll = random.below(100);
    if (roll < 55) return this.#append(1 + random.below(random.chance(0.2) ? 40 : 4));
    if (roll < 63) return this.#changeManner();
    if (roll < 82) return this.#changeTable();
    if (roll < 86) {
      world.lettersFull = random.chance(0.5);
      return;
    }
    if (roll < 90 && this.#trims) return world.durable.trim();
    if (roll < 97) return this.#crash();
    return this.#drain();
  }

  /** Moves on in small steps and looks at the bounds after each. */
  async #advance(ms: number): Promise<void> {
    const { clock, dispatcher, limits } = this.world;
    const until = clock.monotonic() + ms;
    do {
      await clock.advance(Math.min(until - clock.monotonic(), clock.nextInMs ?? ms));
      const held = dispatcher?.heldBytes() ?? 0;
      if (held > (limits.budgetBytes ?? 0)) this.world.violation(`budget: ${held} bytes of ${limits.budgetBytes}`);
    } while (clock.monotonic() < until);
  }

  #append(count: number): void {
    const { world } = this;
    const { random } = world;
    const log = world.log;
    if (!log) return;
    const { life } = world;
    const batch = Array.from({ length: count }, () => {
      const key = random.pick(KEYS);
      const event = this.#event(random.pick(TYPES), key);
      const seen = {
        id: event.attributes['id'] ?? '',
        type: event.attributes['type'] ?? '',
        key,
        startSeq: world.tick(),
        startMs: world.clock.monotonic(),
      };
      world.history.events.push(seen);
      return { seen, record: { event, headers: [], ...(key === '' ? {} : { key }) } };
    });
    world.note(`append ${batch.map(({ seen }) => `${seen.id}(${seen.type},${seen.key})`).join(' ')}`);
    void log.append(batch.map(({ record }) => record)).then((outcome) => {
      if (outcome.kind !== 'appended' || life !== world.life) return;
      for (const [index, { seen }] of batch.entries()) {
        Object.assign(seen, outcome.positions[index], { ackSeq: world.tick(), ackMs: world.clock.monotonic() });
      }
      world.note(`acknowledged ${batch.map(({ seen }) => `${seen.id}@${JSON.stringify(outcome.positions[0])}`)[0]}…`);
    });
  }

  #event(type: string, key: string): CloudEvent {
    const attributes = Object.assign(Object.create(null), {
      id: `e${this.#eventNumber++}`,
      source: '/s',
      type,
      knativebrokerttl: '7',
      ...(key === '' ? {} : { partitionkey: key }),
    });
    const event = { specversion: '1.0' as const, attributes, data: new Uint8Array(this.world.random.below(300)) };
    if (sizeOfEvent(event) > 1_500) throw new Error('larger than any budget of a run');
    return event;
  }

  #changeManner(): void {
    const { world } = this;
    for (const uid of this.#routes.keys()) {
      if (uid === HEALTHY || world.random.chance(0.5)) continue;
      world.manners.set(`subscriber/${uid}`, world.random.pick(SUBSCRIBER_MANNERS));
      world.manners.set(`sink/${uid}`, world.random.pick(SINK_MANNERS));
      world.note(
        `${uid}: subscriber ${world.manners.get(`subscriber/${uid}`)}, sink ${world.manners.get(`sink/${uid}`)}`,
      );
    }
  }

  #changeTable(): void {
    const { random } = this.world;
    const others = [...this.#routes.values()].filter(({ uid }) => uid !== HEALTHY);
    const roll = random.below(10);
    if (roll === 0 || others.length === 0) this.#addTrigger();
    else if (roll === 1) this.#delete(random.pick(others).uid);
    else this.#change(random.pick(others), roll);
    this.#apply();
  }

  #change(route: SubscriptionRoute, roll: number): void {
    const { random } = this.world;
    const changed = { ...route, revision: route.revision + 1 };
    if (roll < 5) changed.paused = !route.paused;
    else if (roll === 5) changed.filter = random.chance(0.5) ? {} : { attributes: { type: random.pick(TYPES) } };
    else if (roll === 6) changed.order = random.chance(0.5) ? 'ordered' : 'unordered';
    else if (roll === 7) changed.maxInFlight = 1 + random.below(8);
    else if (roll === 8) {
      if (random.chance(0.5)) changed.ratePerSecond = 5 + random.below(200);
      else delete changed.ratePerSecond;
    } else if (route.subscriber) delete changed.subscriber;
    else changed.subscriber = { url: `http://subscriber/${route.uid}` };
    this.#routes.set(route.uid, changed);
  }

  #addTrigger(uid = `t${this.#triggerNumber++}`): void {
    const { random } = this.world;
    const healthy = uid === HEALTHY;
    this.#routes.set(uid, {
      uid,
      kind: 'Trigger',
      namespace: 'ns',
      name: uid,
      revision: 1,
      filter: healthy || random.chance(0.5) ? {} : { attributes: { type: random.pick(TYPES) } },
      subscriber: { url: `http://subscriber/${uid}` },
      ...(this.#replyLog ? { replyLogUid: 'log' } : {}),
      ...(random.chance(0.5) ? { deadLetterSink: { url: `http://sink/${uid}` } } : {}),
      delivery: {
        retryMax: random.below(4),
        backoffPolicy: random.chance(0.5) ? 'linear' : 'exponential',
        backoffDelayMs: random.below(200),
        timeoutMs: 400 + random.below(800),
        retryAfterMaxMs: 30_000,
      },
      order: !healthy && random.chance(0.4) ? 'ordered' : 'unordered',
      start: healthy || random.chance(0.7) || this.#trims ? { kind: 'latest' } : { kind: 'earliest' },
      paused: !healthy && random.chance(0.1),
      maxInFlight: healthy ? 64 : 1 + random.below(8),
      ...(!healthy && random.chance(0.2) ? { ratePerSecond: 5 + random.below(100) } : {}),
    });
    if (!healthy) this.world.manners.set(`subscriber/${uid}`, random.pick(SUBSCRIBER_MANNERS));
  }

  #delete(uid: string): void {
    this.#routes.delete(uid);
    const trigger = this.world.history.triggers.get(uid);
    if (trigger) trigger.deletedSeq = this.world.tick();
  }

  #apply(): void {
    const { world } = this;
    const { dispatcher, life } = world;
    if (!dispatcher) return;
    const fromSeq = world.tick();
    const versions = [...this.#routes.values()].map((route) => {
      let trigger: TriggerHistory | undefined = world.history.triggers.get(route.uid);
      if (!trigger) {
        trigger = { uid: route.uid, versions: [], sureSeq: undefined, firstSeq: fromSeq };
        world.history.triggers.set(route.uid, trigger);
      }
      const version = { route, life, fromSeq, sureSeq: undefined as number | undefined };
      trigger.versions.push(version);
      return { trigger, version };
    });
    const gone = [...world.history.triggers.values()].filter((trigger) => trigger.deletedSeq !== undefined);
    world.note(`apply ${JSON.stringify([...this.#routes.values()].map(shortRoute))}`);
    const { mutate } = world;
    const routes = [...this.#routes.values()].map((route) => mutate.route?.(route) ?? route);
    this.#applying++;
    void dispatcher.apply({ logs: [logRoute(routes)] }).then(() => {
      if (life !== world.life) return;
      this.#applying--;
      const seq = world.tick();
      for (const { trigger, version } of versions) {
        version.sureSeq = seq;
        trigger.sureSeq ??= seq;
      }
      for (const trigger of gone) trigger.goneSeq ??= seq;
    });
  }

  async #crash(): Promise<void> {
    this.world.end('crash');
    await this.#restart();
  }

  async #drain(): Promise<void> {
    const { world } = this;
    const { dispatcher } = world;
    if (!dispatcher) return;
    let done = false;
    void dispatcher.drain(world.random.below(600)).then(() => {
      done = true;
    });
    // Appends, commits and attempts under way may take their time, but not more than the longest of them.
    await world.clock.advanceUntil(() => done, 5_000).catch(() => world.violation('drain did not end'));
    const { seq } = world;
    await world.clock.advance(world.random.below(500));
    if (world.history.attempts.some(({ startSeq }) => startSeq > seq))
      world.violation('an attempt began after a drain');
    world.end('drain');
    await this.#restart();
  }

  async #restart(): Promise<void> {
    const { world } = this;
    await world.clock.advance(world.random.below(20));
    if (world.random.chance(0.3) && this.#trims) world.durable.trim();
    this.#applying = 0;
    world.rebegin();
    this.#apply();
    if (world.random.chance(0.3)) this.#append(1 + world.random.below(5));
    await world.clock.advance(world.random.below(20));
  }

  /** The second phase: nothing fails any more, nothing is held back, and everything must come to its end. */
  async #heal(): Promise<void> {
    const { world } = this;
    world.note('heal');
    world.faults = noFaults;
    world.lettersFull = false;
    for (const key of world.manners.keys()) world.manners.set(key, 'ok');
    for (const [uid, route] of this.#routes) {
      this.#routes.set(uid, { ...route, paused: false, subscriber: { url: `http://subscriber/${uid}` } });
    }
    this.#apply();
    const startMs = world.clock.monotonic();
    while (world.clock.monotonic() - startMs < CONVERGE_MS && !this.#isDone()) await this.#advance(200);
    await this.#advance(50);
    if (!this.#isDone()) world.violation(`not converged: ${JSON.stringify(world.dispatcher?.views())}`);
    const pending = [...world.durable.cursors.values()].filter((cursor) => cursor.pending.length > 0);
    if (pending.length > 0) world.violation(`pending is left: ${JSON.stringify(pending)}`);
    // What is done is done: another life delivers nothing again.
    const { seq } = world;
    world.end('crash');
    world.rebegin();
    this.#apply();
    await this.#advance(300);
    if (world.history.attempts.some(({ startSeq }) => startSeq > seq)) world.violation('a settled event came again');
    world.history.letters.push(...world.letters.values());
    world.history.converged = this.#isDone();
  }

  #isDone(): boolean {
    const { dispatcher } = this.world;
    if (!dispatcher || this.#applying > 0) return false;
    const views = dispatcher.views();
    const done = views.every(
      (view) => view.lag === 0 && view.inFlight === 0 && view.retrying === 0 && view.state === 'attached',
    );
    return done && views.length === this.#routes.size;
  }
}

function logRoute(subscriptions: readonly SubscriptionRoute[]): LogRoute {
  const retention = { ageMs: 1e9, bytes: 1e9 };
  return { uid: 'log', kind: 'Broker', namespace: 'ns', name: 'b', path: '/ns/b', hosts: [], retention, subscriptions };
}

function shortRoute({ uid, filter, order, paused, maxInFlight, ratePerSecond, subscriber, start }: SubscriptionRoute) {
  return {
    uid,
    type: filter.attributes?.['type'],
    order,
    paused,
    maxInFlight,
    ratePerSecond,
    waits: !subscriber,
    start: start.kind,
  };
}

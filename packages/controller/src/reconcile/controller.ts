/**
 * The control plane put together: a cache that follows the store, a loop for each kind, and the two values the data
 * plane and the sources live on.
 *
 * A change of an object adds its own key, and the keys of all that looked at it when they were reconciled. So whatever
 * order objects come in, each ends up reconciled against what is there (level-triggered).
 */
import {
  apiVersionOf,
  backingContext,
  buildRoutingTable,
  emptyRoutingTable,
  isKafkaSource,
  isSubscription,
  isTrigger,
  kinds,
  type Resource,
  type RoutingOptions,
  type RoutingTable,
  type SourceRoute,
} from '@millrace/api';
import { type Clock, type Logger, type Metrics, noMetrics, type Random, silentLogger } from '@millrace/runtime';
import { parse as parseYaml } from 'yaml';
import { sourcesOf } from '../sources-table.ts';
import { keyOf, kindKey, type ObjectKey, refOf, shortName } from '../store/keys.ts';
import type { ResourceStore } from '../store/store.ts';
import { brokerReconciler } from './broker/index.ts';
import { ResourceCache } from './cache.ts';
import { channelReconciler } from './channel/index.ts';
import { cronJobSourceReconciler } from './cron-job-source/index.ts';
import { type DeliveryProgress, isProgressOnly, ProgressWriter } from './delivery-progress.ts';
import { eventTypeReconciler } from './event-type/index.ts';
import { gitHubSourceReconciler } from './github-source/index.ts';
import { inMemoryChannelReconciler } from './in-memory-channel/index.ts';
import { kafkaChannelReconciler } from './kafka-channel/index.ts';
import { kafkaSinkReconciler } from './kafka-sink/index.ts';
import { kafkaSourceReconciler } from './kafka-source/index.ts';
import { KindController } from './kind-controller.ts';
import { knativeServiceReconciler } from './knative-service/index.ts';
import { logChannelReconciler } from './log-channel/index.ts';
import { LogKeeper } from './log-keeper.ts';
import { natsJetStreamChannelReconciler } from './nats-jet-stream-channel/index.ts';
import { parallelReconciler } from './parallel/index.ts';
import { pingSourceReconciler } from './ping-source/index.ts';
import { Published } from './published.ts';
import type { ReconcileContext, ReconcileOptions, Reconciler } from './reconciler.ts';
import { sequenceReconciler } from './sequence/index.ts';
import { subscriptionReconciler } from './subscription/index.ts';
import { Tracker } from './tracker.ts';
import { triggerReconciler } from './trigger/index.ts';

/** Objects named in `waitingFor`: a person reads it. */
const waitingForMax = 10;
/** How long `idle` waits for a change to come out of a watch before it looks again. */
const idleLookMs = 50;

/** YAML inside of ConfigMaps. A bomb of aliases is no configuration. */
const readYaml = (text: string): unknown => parseYaml(text, { maxAliasCount: 10 });

/** Every kind that has a status of ours. */
export const reconcilers: readonly Reconciler[] = [
  brokerReconciler,
  triggerReconciler,
  logChannelReconciler,
  inMemoryChannelReconciler,
  kafkaChannelReconciler,
  natsJetStreamChannelReconciler,
  channelReconciler,
  subscriptionReconciler,
  sequenceReconciler,
  parallelReconciler,
  eventTypeReconciler,
  pingSourceReconciler,
  cronJobSourceReconciler,
  gitHubSourceReconciler,
  kafkaSourceReconciler,
  kafkaSinkReconciler,
  knativeServiceReconciler,
];

export interface ControllerOptions extends ReconcileOptions {
  readonly routing?: RoutingOptions;
  /** Where cursors stand; absent: no status shows it. */
  readonly progress?: DeliveryProgress;
  /** The table the data plane works by; absent: the newest that was computed. */
  readonly tableInForce?: () => RoutingTable;
  /**
   * Whether a Broker, a Trigger or a source that receives is served. Absent, or undefined for an answer: nobody knows yet, and
   * readiness does not wait for it. See `tableApplied`.
   */
  readonly serves?: (uid: string) => boolean | undefined;
  readonly progressIntervalMs?: number;
}

export interface ControllerDeps {
  readonly store: ResourceStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  readonly options: ControllerOptions;
  /** Those of `reconcilers` unless told otherwise. */
  readonly reconcilers?: readonly Reconciler[];
}

export interface Readiness {
  readonly ready: boolean;
  /** What of the start is not reconciled yet, at most ten names; empty when ready. */
  readonly waitingFor: readonly string[];
}

export interface Controller {
  /** Resolves when the loops run. Rejects when the store cannot be read. */
  start(): Promise<void>;
  /** Lets reconciles under way end. Idempotent. */
  stop(): Promise<void>;
  /** Resolves when everything stored by now has been reconciled and told. Keys waiting for a retry do not count. */
  idle(): Promise<void>;
  routingTable(): RoutingTable;
  /** Told at once if there is a table, then of every other one. Returns what ends it. */
  onRoutingTable(listener: (table: RoutingTable) => void): () => void;
  /** To be called when a table, of routes or of sources, has come into force: what waits for it is looked at again. */
  tableApplied(): void;
  sources(): readonly SourceRoute[];
  onSources(listener: (sources: readonly SourceRoute[]) => void): () => void;
  /** Ready once all objects that were stored at the start were reconciled and the tables told. It stays so. */
  ready(): Readiness;
  /** All objects, as the reconcilers see them. */
  resources(): readonly Resource[];
  /** Told of every change that is more than progress of delivery. */
  onChange(listener: (before: Resource | undefined, after: Resource | undefined) => void): () => void;
}

export function createController(deps: ControllerDeps): Controller {
  return new ControlPlane(deps);
}

class ControlPlane implements Controller {
  readonly #deps: ControllerDeps;
  readonly #logger: Logger;
  readonly #routing: RoutingOptions;
  readonly #logs: LogKeeper;
  readonly #cache: ResourceCache;
  readonly #tracker = new Tracker();
  readonly #loops = new Map<string, KindController>();
  readonly #table: Published<RoutingTable>;
  readonly #sources: Published<readonly SourceRoute[]>;
  readonly #progress: ProgressWriter | undefined;
  readonly #listeners = new Set<(before: Resource | undefined, after: Resource | undefined) => void>();
  /** Objects that were not served when they were looked at. */
  readonly #unserved = new Set<ObjectKey>();
  /** Keys of the start that were not reconciled yet; undefined before the start. */
  #waiting: Set<ObjectKey> | undefined;
  #ready = false;
  #stopped = false;

  constructor(deps: ControllerDeps) {
    const { store, clock, random, options, logger = silentLogger, metrics = noMetrics } = deps;
    this.#deps = deps;
    this.#logger = logger;
    this.#routing = { parseYaml: readYaml, onlyMadeLogs: options.logAdmin !== undefined, ...options.routing };
    this.#logs = new LogKeeper({ admin: options.logAdmin, clock, logger });
    this.#cache = new ResourceCache({
      store,
      clock,
      logger,
      kinds: kinds.map(({ group, storageVersion, kind }) => ({
        apiVersion: apiVersionOf(group, storageVersion),
        kind,
      })),
      onChange: (before, after) => this.#changed(before, after),
    });
    for (const reconciler of deps.reconcilers ?? reconcilers) {
      const loop = new KindController({
        reconciler,
        clock,
        random,
        logger,
        metrics,
        read: (key) => this.#cache.byKey(key),
        run: (self, key, object) => this.#reconcile(self, key, object),
        onDone: (key) => this.#done(key),
      });
      this.#loops.set(kindKey(reconciler.apiVersion, reconciler.kind), loop);
    }
    const common = { clock, logger, resources: () => this.#cache.all() };
    this.#table = new Published({
      ...common,
      name: 'routing table',
      empty: emptyRoutingTable,
      compute: (resources) => buildRoutingTable(resources, this.#routing),
    });
    this.#sources = new Published<readonly SourceRoute[]>({
      ...common,
      name: 'sources',
      empty: [],
      compute: sourcesOf,
    });
    this.#progress =
      options.progress === undefined
        ? undefined
        : new ProgressWriter({
            progress: options.progress,
            store,
            clock,
            logger,
            ...(options.progressIntervalMs === undefined ? {} : { intervalMs: options.progressIntervalMs }),
            triggers: () =>
              this.#cache.filter((each) => isTrigger(each) || isSubscription(each) || isKafkaSource(each)),
            accept: (object) => this.#cache.accept(object),
          });
  }

  async start(): Promise<void> {
    await this.#cache.start();
    const keys = this.#cache.all().map(keyOf);
    this.#waiting = new Set(keys.filter((key) => this.#loopOf(key) !== undefined));
    for (const loop of this.#loops.values()) loop.start();
    this.#progress?.start();
    this.#whenQuiet();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#progress?.stop();
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()));
    await this.#cache.stop();
    this.#table.stop();
    this.#sources.stop();
    this.#listeners.clear();
  }

  async idle(): Promise<void> {
    const [first] = kinds;
    while (!this.#stopped) {
      await Promise.all([...this.#loops.values()].map((loop) => loop.idle()));
      if (first === undefined) return;
      const { resourceVersion } = await this.#deps.store.list({
        apiVersion: apiVersionOf(first.group, first.storageVersion),
        kind: first.kind,
        name: 'none-of-this-name',
      });
      if (this.#isQuiet() && this.#cache.version >= Number(resourceVersion)) break;
      await this.#cache.next(idleLookMs);
    }
    this.#table.flush();
    this.#sources.flush();
  }

  routingTable(): RoutingTable {
    return this.#table.value;
  }

  onRoutingTable(listener: (table: RoutingTable) => void): () => void {
    return this.#table.listen(listener);
  }

  tableApplied(): void {
    const keys = [...this.#unserved];
    this.#unserved.clear();
    for (const key of keys) this.#loopOf(key)?.add(key);
  }

  sources(): readonly SourceRoute[] {
    return this.#sources.value;
  }

  onSources(listener: (sources: readonly SourceRoute[]) => void): () => void {
    return this.#sources.listen(listener);
  }

  ready(): Readiness {
    if (this.#ready) return { ready: true, waitingFor: [] };
    if (this.#waiting === undefined) return { ready: false, waitingFor: ['the resource store'] };
    const names = [...this.#waiting].slice(0, waitingForMax).map((key) => {
      const object = this.#cache.byKey(key);
      return object === undefined ? key : shortName(refOf(object));
    });
    return { ready: false, waitingFor: names.length > 0 ? names : ['the routing table'] };
  }

  resources(): readonly Resource[] {
    return this.#cache.all();
  }

  onChange(listener: (before: Resource | undefined, after: Resource | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #loopOf(key: ObjectKey): KindController | undefined {
    return this.#loops.get(key.split('|').slice(0, 2).join('|'));
  }

  #changed(before: Resource | undefined, after: Resource | undefined): void {
    if (before !== undefined && after !== undefined && isProgressOnly(before, after)) return;
    const object = after ?? before;
    if (object === undefined) return;
    const key = keyOf(object);
    if (after === undefined) {
      this.#tracker.forget(key);
      this.#unserved.delete(key);
      this.#done(key);
    } else this.#loopOf(key)?.add(key);
    for (const looker of this.#tracker.lookersAt(key)) this.#loopOf(looker)?.add(looker);
    this.#table.touch();
    this.#sources.touch();
    for (const listener of [...this.#listeners]) this.#tell(listener, before, after);
  }

  #tell(
    listener: (before: Resource | undefined, after: Resource | undefined) => void,
    before: Resource | undefined,
    after: Resource | undefined,
  ): void {
    try {
      listener(before, after);
    } catch (error) {
      this.#logger.error('a listener failed', { of: 'changes', error });
    }
  }

  async #reconcile(reconciler: Reconciler, key: ObjectKey, object: Resource): Promise<void> {
    const isGoing = object.metadata.deletionTimestamp !== undefined;
    if (isGoing && reconciler.finalize === undefined) return;
    const look = this.#tracker.look(key, (ref) => this.#cache.get(ref));
    try {
      const context: ReconcileContext = {
        read: look.read,
        store: this.#deps.store,
        options: this.#deps.options,
        nowMs: this.#deps.clock.now(),
        isServed: (uid) => this.#isServed(key, uid),
        progressOf: (uid) => this.#deps.options.progress?.read().get(uid),
        tableInForce: () => this.#deps.options.tableInForce?.() ?? this.#table.value,
        lookAgain: (delayMs) => this.#loopOf(key)?.addAfter(key, delayMs),
        accept: (written) => this.#cache.accept(written),
        backing: backingContext(this.#routing, look.read),
        logs: this.#logs,
      };
      await (isGoing ? reconciler.finalize?.(object, context) : reconciler.reconcile(object, context));
    } finally {
      look.end();
    }
  }

  #isServed(key: ObjectKey, uid: string): boolean {
    const isServed = this.#deps.options.serves?.(uid) ?? true;
    if (!isServed) this.#unserved.add(key);
    return isServed;
  }

  #done(key: ObjectKey): void {
    this.#waiting?.delete(key);
    if (this.#waiting?.size === 0) this.#whenQuiet();
  }

  #isQuiet(): boolean {
    return [...this.#loops.values()].every((loop) => loop.isIdle);
  }

  /** The start is over when all its objects were looked at and what followed from them has come to rest. */
  #whenQuiet(): void {
    if (this.#ready || this.#waiting === undefined || this.#waiting.size > 0) return;
    this.idle().then(
      () => {
        this.#ready = !this.#stopped;
      },
      (error: unknown) => this.#logger.warn('reading the resource store failed', { error }),
    );
  }
}

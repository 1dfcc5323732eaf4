/**
 * Turns what the dispatch engine tells (by UID) into what live views show (by name).
 *
 * F1. Costs nothing while nobody listens: the engine is listened to only then.
 * F2. A slow reader is told how many items it missed; it never holds up the engine, and its queue is bounded.
 */
import {
  type CompiledFilter,
  compileFilter,
  type LogRoute,
  type RoutingTable,
  type SubscriptionRoute,
} from '@millrace/api';
import type { FlowEvent, LogRecord } from '@millrace/channel';
import type { Clock } from '@millrace/runtime';
import { namespaceOf, placeOf } from '../client/places.ts';
import { shortReason } from '../explaining/tree.ts';
import type { LiveItem, TakenItem } from '../live/wire.ts';

/** Items one reader may be behind. Half a minute of what a person can read, many times over. */
const queuedItemsMax = 4_096;
/** Why triggers did not match is worked out for this many events a second; a busy broker has better things to do. */
const reasonsPerSecondMax = 50;

export interface FeedFilter {
  /** A broker as `namespace/name`, a channel as `channel/namespace/name`. */
  readonly broker?: string;
  readonly namespace?: string;
  readonly trigger?: string;
}

export interface FeedPorts {
  readonly clock: Clock;
  readonly onFlow: (listener: (event: FlowEvent) => void) => () => void;
  readonly routingTable: () => RoutingTable;
}

interface Named {
  readonly route: SubscriptionRoute;
  readonly filter: CompiledFilter | undefined;
}

/** Names and filters of one table, made once a table. */
interface Names {
  readonly table: RoutingTable;
  readonly logs: ReadonlyMap<string, LogRoute>;
  readonly subscriptions: ReadonlyMap<string, Named>;
}

export class LiveFeed {
  readonly #ports: FeedPorts;
  readonly #listeners = new Set<(item: LiveItem) => void>();
  #stopListening: (() => void) | undefined;
  #names: Names | undefined;
  #reasonsStartMs = 0;
  #reasons = 0;

  constructor(ports: FeedPorts) {
    this.#ports = ports;
  }

  /** Calls `listener` with every item until the returned function is called. */
  listen(listener: (item: LiveItem) => void): () => void {
    this.#listeners.add(listener);
    this.#stopListening ??= this.#ports.onFlow((event) => this.#onFlow(event));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stopListening?.();
      this.#stopListening = undefined;
    };
  }

  /** Items as an async stream, for one reader over HTTP (F2). */
  async *stream(filter: FeedFilter, signal: AbortSignal): AsyncGenerator<LiveItem> {
    const queue: LiveItem[] = [];
    let missed = 0;
    let wake: (() => void) | undefined;
    const stop = this.listen((item) => {
      if (!passes(item, filter)) return;
      if (queue.length >= queuedItemsMax) missed++;
      else queue.push(item);
      wake?.();
    });
    signal.addEventListener('abort', () => wake?.());
    try {
      while (!signal.aborted) {
        for (const item of queue.splice(0)) yield item;
        if (queue.length > 0) continue;
        if (missed > 0) {
          const items = missed;
          missed = 0;
          yield { kind: 'skipped', items };
        }
        if (queue.length > 0 || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    } finally {
      stop();
    }
  }

  #onFlow(event: FlowEvent): void {
    const item = this.#itemOf(event);
    if (item) for (const listener of this.#listeners) listener(item);
  }

  #itemOf(event: FlowEvent): LiveItem | undefined {
    const names = this.#namesNow();
    const log = names.logs.get(event.logUid);
    if (!log || event.kind === 'accepted') return undefined;
    const { record } = event;
    if (event.kind === 'matched') return this.#taken(log, record, event.subscriptions, names);
    const subscription = names.subscriptions.get(event.subscription)?.route;
    const place = {
      broker: placeOf(log),
      partition: record.partition,
      offset: record.offset,
      type: record.event.attributes['type'] ?? '',
      trigger: subscription?.name ?? event.subscription,
    };
    if (event.kind === 'attempt-failed') {
      const { attempt, error, retryInMs } = event;
      return {
        kind: 'attempt-failed',
        ...place,
        attempt,
        attemptsMax: (subscription?.delivery.retryMax ?? 0) + 1,
        error,
        ...(retryInMs === undefined ? {} : { retryInMs }),
      };
    }
    const { kind: outcome, ...rest } = event.terminal;
    return { kind: 'settled', ...place, outcome, ...rest };
  }

  #taken(log: LogRoute, record: LogRecord, matched: readonly string[], names: Names): TakenItem {
    const { attributes, data } = record.event;
    const { subject } = attributes;
    const notMatched = this.#mayReason() ? this.#notMatched(log, record, matched, names) : undefined;
    return {
      kind: 'event',
      broker: placeOf(log),
      partition: record.partition,
      offset: record.offset,
      time: new Date(record.timeMs).toISOString(),
      id: attributes['id'] ?? '',
      type: attributes['type'] ?? '',
      source: attributes['source'] ?? '',
      ...(subject === undefined ? {} : { subject }),
      dataBytes: data?.byteLength ?? 0,
      matched: matched.map((uid) => names.subscriptions.get(uid)?.route.name ?? uid),
      ...(notMatched ? { notMatched } : {}),
    };
  }

  #notMatched(
    log: LogRoute,
    record: LogRecord,
    matched: readonly string[],
    names: Names,
  ): readonly { trigger: string; reason: string }[] {
    const others = log.subscriptions.filter(({ uid, paused }) => !paused && !matched.includes(uid));
    return others.flatMap(({ uid, name }) => {
      const filter = names.subscriptions.get(uid)?.filter;
      if (!filter) return [];
      const trace = filter.explain(record.event);
      // A trigger that wants it and is not among the matched reads for itself: it is behind, not uninterested.
      return trace.result ? [] : [{ trigger: name, reason: shortReason(trace) }];
    });
  }

  #mayReason(): boolean {
    const nowMs = this.#ports.clock.monotonic();
    if (nowMs - this.#reasonsStartMs >= 1_000) {
      this.#reasonsStartMs = nowMs;
      this.#reasons = 0;
    }
    return ++this.#reasons <= reasonsPerSecondMax;
  }

  #namesNow(): Names {
    const table = this.#ports.routingTable();
    if (this.#names?.table === table) return this.#names;
    const subscriptions = new Map<string, Named>();
    for (const log of table.logs) {
      for (const route of log.subscriptions) {
        const compiled = compileFilter(route.filter);
        subscriptions.set(route.uid, { route, filter: compiled.kind === 'ok' ? compiled.filter : undefined });
      }
    }
    this.#names = { table, logs: new Map(table.logs.map((log) => [log.uid, log])), subscriptions };
    return this.#names;
  }
}

function passes(item: LiveItem, filter: FeedFilter): boolean {
  if (item.kind === 'skipped') return true;
  if (filter.broker !== undefined && item.broker !== filter.broker) return false;
  if (filter.namespace !== undefined && namespaceOf(item.broker) !== filter.namespace) return false;
  if (filter.trigger === undefined) return true;
  return item.kind === 'event' ? item.matched.includes(filter.trigger) : item.trigger === filter.trigger;
}

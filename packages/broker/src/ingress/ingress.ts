/**
 * Ingress: takes events over HTTP for Brokers, channels and KafkaSinks, and says 202 when they are durable.
 *
 * I1. 202 is said only after the log said `appended`. A batch is appended in one call: all of it or nothing. A log that
 *     accepts `delivered` answers when every subscriber has had the event: 202, or 500 (reference 5.2).
 * I2. An event is stored as it came, but for the two attributes of `stamp.ts` that Brokers write.
 * I3. Checks run in the order of reference 3.1, so that the same request gets the same answer as from Knative. What can
 *     be told from the header is told before the body is read.
 * I4. Nothing waits here: what is in hand is bounded by the server port (requests and bytes, 429), and a log that takes
 *     no more is passed on as 503 with Retry-After.
 */
import {
  type CloudEvent,
  decodeHttp,
  emptyRoutingTable,
  type LogRoute,
  passThroughHeaders,
  type RoutingTable,
  statusOfInvalid,
} from '@millrace/api';
import type { AppendOutcome, EventLog, NewRecord, PassHeaders } from '@millrace/channel';
import {
  type Clock,
  createOriginGuard,
  errorReply,
  type HttpHandler,
  type HttpReply,
  type HttpRequest,
  hostnameOf,
  isLoopback,
  type Metrics,
  type OriginGuard,
  type RefusalReason,
} from '@millrace/runtime';
import { type Address, Addresses, type PathVerdict, pathOf } from './addresses.ts';
import * as answers from './answers.ts';
import { IngressMetrics, type LogCounters, type RejectReason } from './ingress-metrics.ts';
import { isStamped, partitionKeyOf, Stamp, ttlDefault } from './stamp.ts';

/** What ingress works with. */
export interface IngressOptions {
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'counter' | 'forget'>;
  /** A log by the UID of its route; undefined while it is not open. */
  readonly logs: (logUid: string) => Pick<EventLog, 'append'> | undefined;
  /** How an event ended for all subscribers of a log that accepts `delivered`. */
  readonly whenSettled: (logUid: string, partition: number, offset: number) => Promise<'delivered' | 'failed'>;
  /** Names and addresses besides loopback under which the data port itself is reached. */
  readonly hosts?: readonly string[];
  /** A cursor's name in words a person knows; absent: the table knows it. */
  readonly nameOfCursor?: (cursor: string) => string;
  readonly limits?: Partial<IngressLimits>;
}

/** Limits of what is accepted, besides those of the server port. */
export interface IngressLimits {
  /** Brokers an event may pass: Knative's `MAX_TTL`. */
  readonly ttl: number;
  /** Events of one batch: it must fit one commit of the log. */
  readonly batchEvents: number;
}

export const ingressLimits: IngressLimits = { ttl: ttlDefault, batchEvents: 1_000 };

/** What a server port needs of ingress, and how it learns of logs. */
export interface Ingress extends HttpHandler {
  /** Flat headers for every answer of the port: `Allow`. */
  readonly headers: readonly string[];
  /** From now on these are the logs and their addresses. */
  apply(table: RoutingTable): void;
  /** A cursor's name in words a person knows. */
  nameOfCursor(cursor: string): string;
  /** To be told by the server port what it refused itself. */
  readonly onRefused: (reason: RefusalReason) => void;
}

/** Ingress as a handler of a server port. It serves nothing until it is given a table. */
export function createIngress(options: IngressOptions): Ingress {
  const limits = { ...ingressLimits, ...options.limits };
  return new LogIngress(options, limits);
}

class LogIngress implements Ingress {
  readonly headers = answers.constantHeaders;
  readonly onRefused = (reason: RefusalReason): void => this.#metrics.rejected(reason);
  readonly #logs: IngressOptions['logs'];
  readonly #whenSettled: IngressOptions['whenSettled'];
  readonly #nameOfCursor: IngressOptions['nameOfCursor'];
  readonly #limits: IngressLimits;
  readonly #metrics: IngressMetrics;
  readonly #stamp: Stamp;
  readonly #guard: OriginGuard;
  readonly #own: ReadonlySet<string>;
  #table: RoutingTable = emptyRoutingTable;
  #addresses: Addresses<LogCounters>;
  /** Of the request before: most come by the same name and for the same log. */
  #lastHost = '';
  #lastForeignHost: string | undefined;
  #lastTarget = '';
  #lastPath: PathVerdict = { kind: 'root' };

  constructor(options: IngressOptions, limits: IngressLimits) {
    const { clock, metrics, logs, whenSettled, hosts = [], nameOfCursor } = options;
    this.#logs = logs;
    this.#nameOfCursor = nameOfCursor;
    this.#whenSettled = whenSettled;
    this.#limits = limits;
    this.#metrics = new IngressMetrics(metrics);
    this.#stamp = new Stamp(clock, limits.ttl);
    this.#own = new Set(hosts.map((host) => hostnameOf(host) ?? host));
    this.#guard = createOriginGuard({ hosts, servesHost: (name) => this.#addresses.servesHost(name) });
    this.#addresses = new Addresses(emptyRoutingTable, (route) => this.#metrics.countersOf(route));
  }

  apply(table: RoutingTable): void {
    const kept = new Set(table.logs.map(placeOf));
    for (const route of this.#table.logs) if (!kept.has(placeOf(route))) this.#metrics.forget(route);
    this.#table = table;
    this.#addresses = new Addresses(table, (route) => this.#metrics.countersOf(route));
  }

  nameOfCursor(cursor: string): string {
    return this.#nameOfCursor?.(cursor) ?? this.#addresses.subscriptionName(cursor);
  }

  /** I3: what the header tells. */
  begin(request: HttpRequest): HttpReply | undefined {
    const foreign = this.#guard.check(request);
    if (foreign !== undefined) {
      const reason = foreign.statusCode === 403 ? 'foreign-origin' : 'foreign-host';
      return this.#reject(reason, errorReply(foreign.statusCode, foreign.error));
    }
    if (request.method === 'OPTIONS') return answers.options;
    if (request.method !== 'POST') return this.#reject('method', answers.notPost);
    const { kind } = this.#pathOf(request.target);
    const foreignHost = this.#foreignHost(request.host);
    if (foreignHost !== undefined && this.#addresses.isRootHost(foreignHost)) {
      return kind === 'root' ? undefined : this.#reject('path', answers.notRoot);
    }
    if (kind === 'path') return undefined;
    return this.#reject('path', kind === 'root' ? answers.root : answers.badPath);
  }

  handle(request: HttpRequest, body: Uint8Array): HttpReply | Promise<HttpReply> {
    const decoded = decodeHttp(request.rawHeaders, body, { eventsMax: this.#limits.batchEvents });
    if (decoded.kind === 'invalid') {
      const { code } = decoded;
      const known = code === 'unsupported-content-type' || code === 'too-many-events' ? code : 'undecodable';
      return this.#reject(known, errorReply(statusOfInvalid(code), decoded.message));
    }
    const verdict = this.#pathOf(request.target);
    const path = verdict.kind === 'path' ? verdict.path : '/';
    const address = this.#addresses.find(path, this.#foreignHost(request.host));
    if (address === undefined) return this.#reject('unknown-broker', answers.unknownAddress(path, request.host));
    const { route, value: counters } = address;
    const events = decoded.kind === 'event' ? [decoded.event] : decoded.events;
    const records = isStamped(route) ? this.#stampedOf(events, request) : recordsOf(events, request);
    if (typeof records === 'string') return this.#reject('ttl', errorReply(400, records));
    if (records.length === 0) return answers.accepted;
    const log = this.#logs(route.uid);
    if (log === undefined) return this.#reject('log-busy', answers.opening(route));
    const appended = log.append(records);
    if (route.accepts === 'delivered') return this.#whenDelivered(appended, address, body.byteLength);
    return appended.then((outcome) => this.#replyTo(outcome, counters, records.length, body.byteLength));
  }

  /** I1, where the sender waits for the subscribers. */
  async #whenDelivered(
    appended: Promise<AppendOutcome>,
    { route, value: counters }: Address<LogCounters>,
    bytes: number,
  ): Promise<HttpReply> {
    const outcome = await appended;
    if (outcome.kind !== 'appended') return this.#replyTo(outcome, counters, 0, bytes);
    const { positions } = outcome;
    const ends = positions.map(({ partition, offset }) => this.#whenSettled(route.uid, partition, offset));
    if ((await Promise.all(ends)).includes('failed')) return this.#reject('not-delivered', answers.notDelivered);
    return this.#replyTo(outcome, counters, positions.length, bytes);
  }

  /** I2. A text when an event may not pass any more. */
  #stampedOf(events: readonly CloudEvent[], request: HttpRequest): NewRecord[] | string {
    const headers = passThroughHeaders(request.rawHeaders);
    const records: NewRecord[] = [];
    for (const event of events) {
      const stamped = this.#stamp.put(event);
      if (stamped === undefined) {
        return events.length === 1
          ? answers.ttlUsedUp
          : `event ${records.length + 1} of the batch: ${answers.ttlUsedUp}`;
      }
      records.push(recordOf(stamped, headers));
    }
    return records;
  }

  /** I1. */
  #replyTo(outcome: AppendOutcome, counters: LogCounters, events: number, bytes: number): HttpReply {
    if (outcome.kind === 'appended') {
      counters.events.add(events);
      counters.bytes.add(bytes);
      return answers.accepted;
    }
    return this.#reject(
      `log-${outcome.kind}`,
      answers.notAppended(outcome, (cursor) => this.nameOfCursor(cursor)),
    );
  }

  #foreignHost(host: string): string | undefined {
    if (host !== this.#lastHost) {
      const name = hostnameOf(host);
      this.#lastForeignHost = name === undefined || isLoopback(name) || this.#own.has(name) ? undefined : name;
      this.#lastHost = host;
    }
    return this.#lastForeignHost;
  }

  #pathOf(target: string): PathVerdict {
    if (target !== this.#lastTarget) {
      this.#lastPath = pathOf(target);
      this.#lastTarget = target;
    }
    return this.#lastPath;
  }

  #reject(reason: RejectReason, reply: HttpReply): HttpReply {
    this.#metrics.rejected(reason);
    return reply;
  }
}

function recordsOf(events: readonly CloudEvent[], request: HttpRequest): NewRecord[] {
  const headers = passThroughHeaders(request.rawHeaders);
  return events.map((event) => recordOf(event, headers));
}

function recordOf(event: CloudEvent, headers: PassHeaders): NewRecord {
  const key = partitionKeyOf(event);
  return key === undefined ? { event, headers } : { event, headers, key };
}

function placeOf({ kind, namespace, name }: LogRoute): string {
  return `${kind} ${namespace}/${name}`;
}

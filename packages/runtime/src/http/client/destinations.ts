/**
 * Where calls go: connections per origin (and set of trusted certificates), and a gate per URL.
 *
 * P1. A URL has at most `callsPerUrl` calls with undici at once; the others wait here, in order. So a subscriber that
 *     never answers holds up its own URL, never another one at the same origin. Those that have passed the gate of their URL
 *     wait in order for one of the origin's connections, and for room among its recent calls (`recent-calls.ts`).
 * P2. A call counts until undici has let go of it, not only until its caller knows how it ended: what undici holds is
 *     bounded even while connections hang.
 * P3. The connections of an origin are closed when nothing uses it: after `idleMs`, or earlier when there are more than `origins`.
 *     One that is in use is never closed, so the limit may be passed by as many as are in use.
 */
import { createSecureContext, getCACertificates } from 'node:tls';
import { buildConnector, Client } from 'undici';
import type { Clock, Timer } from '../../ports/index.ts';
import { Connections } from './connections.ts';
import { type Link, LinkedList } from './linked-list.ts';
import { RecentCalls } from './recent-calls.ts';

export interface DestinationLimits {
  /**
   * Calls under way to one URL: as many as one trigger may be told to have in flight. Who calls has a limit of their own,
   * and a call that waits here runs against its deadline. A connection is free again one turn of the event loop after its
   * answer, so there can be twice as many connections for a moment.
   */
  readonly callsPerUrl: number;
  /** Connections to one origin, whatever the number of URLs: leaves file descriptors to the others. */
  readonly connectionsPerOrigin: number;
  /**
   * Calls to one origin that began a few milliseconds ago: as many as keep a fast subscriber busy while this process reads
   * answers. Those that take longer are not counted.
   */
  readonly recentCalls: number;
  /** Origins with open connections. */
  readonly origins: number;
  /** URLs that are remembered with their gate. */
  readonly urls: number;
  /** How long an unused origin is kept. */
  readonly idleMs: number;
  /** Connections are replaced after this time, so that names are resolved again and moved pods are found. */
  readonly connectionsAgeMs: number;
  /** Limit for connecting, TLS included. The deadline of a call may end it earlier for the call. */
  readonly connectTimeoutMs: number;
  /** How long an unused connection is kept: below the 5 s after which Node servers close theirs. */
  readonly keepAliveMs: number;
  /** Header block of an answer. */
  readonly headerBytes: number;
}

export const destinationLimits: DestinationLimits = {
  callsPerUrl: 1_000,
  connectionsPerOrigin: 2_000,
  recentCalls: 64,
  origins: 1_024,
  urls: 16_384,
  idleMs: 60_000,
  connectionsAgeMs: 60_000,
  connectTimeoutMs: 5_000,
  keepAliveMs: 4_000,
  headerBytes: 64 * 1024,
};

/** Something that waits for its turn at a gate. */
export interface Waiter {
  onTurn(): void;
}

export interface Origin {
  connections: Connections;
  sinceMs: number;
  readonly recent: RecentCalls;
  /** P1: for a connection, or for room among the recent calls. */
  readonly waiting: LinkedList<Waiter>;
  /** Kept over renewals: it holds the TLS sessions and the trusted certificates. */
  readonly connect: buildConnector.connector;
  readonly urls: Set<Destination>;
  readonly key: string;
  readonly caCerts: string | undefined;
}

export interface Destination {
  readonly url: URL;
  readonly key: string;
  readonly origin: Origin;
  readonly path: string;
  /** From user and password in the URL. */
  readonly authorization: string | undefined;
  readonly waiting: LinkedList<Waiter>;
  underWay: number;
  lastUsedMs: number;
}

/** Errors of a connection that had carried an earlier answer: its peer may just have grown tired of it. */
const staleErrors = new WeakSet<object>();

export function isStale(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { socket } = error as { readonly socket?: { readonly bytesRead?: number } };
  return staleErrors.has(error) || (socket?.bytesRead ?? 0) > 0;
}

export class Destinations {
  readonly #clock: Clock;
  readonly #limits: DestinationLimits;
  /** By certificates, then by URL. */
  readonly #urls = new Map<string | undefined, Map<string, Destination>>();
  readonly #origins = new Map<string | undefined, Map<string, Origin>>();
  readonly #closing = new Set<Promise<unknown>>();
  #urlCount = 0;
  #originCount = 0;
  #sweep: Timer | undefined;
  #closed = false;

  constructor(clock: Clock, limits: DestinationLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get openOrigins(): number {
    return this.#originCount;
  }

  /** The destination of a URL; a text when it cannot be one. */
  of(url: string, caCerts: string | undefined, nowMs: number): Destination | string {
    const known = this.#urls.get(caCerts)?.get(url);
    if (known !== undefined) {
      known.lastUsedMs = nowMs;
      // undici's own `clientTtl` reads the clock for every busy connection on every call.
      if (nowMs - known.origin.sinceMs > this.#limits.connectionsAgeMs) this.#renew(known.origin, nowMs);
      return known;
    }
    if (!URL.canParse(url)) return `expected an absolute URL such as http://host:port/path, got ${JSON.stringify(url)}`;
    const parsed = new URL(url);
    if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
      return `expected a URL with http:// or https://, got ${JSON.stringify(url)}`;
    }
    const origin = this.#originOf(parsed, caCerts, nowMs);
    return typeof origin === 'string' ? origin : this.#add(url, parsed, origin, nowMs);
  }

  /** Whether a call would go now. If not, the waiter gets its turn among those that wait (P1), whether it then calls or not. */
  hasRoom(url: string, caCerts: string | undefined, waiter: Waiter | undefined): boolean {
    const origin = this.#urls.get(caCerts)?.get(url)?.origin;
    if (origin === undefined || mayGo(origin)) return true;
    origin.recent.wait();
    if (waiter !== undefined) origin.waiting.add(waiter);
    return false;
  }

  /** P1: undefined when the call may go now, with one of the origin's connections; else its place in a queue. */
  enter(destination: Destination, waiter: Waiter): Link<Waiter> | undefined {
    if (destination.underWay >= this.#limits.callsPerUrl) return destination.waiting.add(waiter);
    destination.underWay += 1;
    const { origin } = destination;
    if (mayGo(origin)) return undefined;
    origin.recent.wait();
    return origin.waiting.add(waiter);
  }

  /** The call does not wait any more. */
  quit(destination: Destination, place: Link<Waiter>): void {
    const hasEntered = place.list === destination.origin.waiting;
    place.list?.remove(place);
    if (!hasEntered) return;
    destination.underWay -= 1;
    this.#next(destination);
  }

  /** P2: undici has let go of a call that began at this tick of the origin's, and its connection was given back. */
  leave(destination: Destination, begunAt: number, nowMs: number): void {
    destination.underWay -= 1;
    destination.lastUsedMs = nowMs;
    destination.origin.recent.end(begunAt);
    goOn(destination.origin);
    this.#next(destination);
    if (this.#closed) this.#drop(destination);
  }

  /** P1: the next one through the gate of a URL. */
  #next(destination: Destination): void {
    if (destination.underWay >= this.#limits.callsPerUrl) return;
    const place = destination.waiting.shiftLink();
    if (place === undefined) return;
    destination.underWay += 1;
    destination.origin.waiting.append(place);
    goOn(destination.origin);
  }

  /** Closes every pool as soon as nothing uses it. Resolves when all are closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const byUrl of this.#urls.values()) for (const destination of byUrl.values()) this.#drop(destination);
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  #add(key: string, url: URL, origin: Origin, nowMs: number): Destination {
    if (this.#urlCount >= this.#limits.urls) this.#dropLeastRecent();
    const destination: Destination = {
      url,
      key,
      origin,
      path: `${url.pathname}${url.search}`,
      authorization: authorizationOf(url),
      waiting: new LinkedList(),
      underWay: 0,
      lastUsedMs: nowMs,
    };
    origin.urls.add(destination);
    innerMap(this.#urls, origin.caCerts).set(key, destination);
    this.#urlCount += 1;
    return destination;
  }

  #originOf(url: URL, caCerts: string | undefined, nowMs: number): Origin | string {
    const inner = innerMap(this.#origins, caCerts);
    const known = inner.get(url.origin);
    if (known !== undefined) return known;
    if (this.#originCount >= this.#limits.origins) this.#dropLeastRecentOrigin();
    const connect = connectorOf(url, caCerts, this.#limits);
    if (typeof connect === 'string') return connect;
    const connections = this.#connectionsTo(url.origin, connect);
    const urls = new Set<Destination>();
    const waiting = new LinkedList<Waiter>();
    const recent = new RecentCalls(this.#clock, this.#limits.recentCalls, () => goOn(origin));
    const origin: Origin = { connections, sinceMs: nowMs, recent, waiting, connect, urls, key: url.origin, caCerts };
    inner.set(url.origin, origin);
    this.#originCount += 1;
    this.#sweep ??= this.#clock.setTimer(this.#limits.idleMs, () => this.#sweepIdle());
    return origin;
  }

  /** The old connections end what they have and close; the next call gets a new one. */
  #renew(origin: Origin, nowMs: number): void {
    origin.sinceMs = nowMs;
    this.#close(origin.connections);
    origin.connections = this.#connectionsTo(origin.key, origin.connect);
    goOn(origin);
  }

  #close(connections: Connections): void {
    const closing = connections.close();
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }

  #connectionsTo(origin: string, connect: buildConnector.connector): Connections {
    const limits = this.#limits;
    const options: Client.Options = {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: limits.keepAliveMs,
      keepAliveMaxTimeout: limits.keepAliveMs,
      // A peer that announces `Keep-Alive: timeout=n` is left a second before it closes.
      keepAliveTimeoutThreshold: 1_000,
      maxHeaderSize: limits.headerBytes,
      // The deadline of a call is ours: undici's timers are coarse, and each answer would touch two of them.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect,
    };
    const url = new URL(origin);
    // undici asks a client's URL for it with each request, and a URL makes the text anew each time.
    Object.defineProperty(url, 'origin', { value: origin });
    return new Connections(() => new Client(url, options), limits.connectionsPerOrigin);
  }

  /** P3. */
  #sweepIdle(): void {
    const beforeMs = this.#clock.monotonic() - this.#limits.idleMs;
    for (const byUrl of this.#urls.values()) {
      for (const destination of byUrl.values()) if (destination.lastUsedMs <= beforeMs) this.#drop(destination);
    }
    this.#sweep = undefined;
    if (this.#originCount > 0) this.#sweep = this.#clock.setTimer(this.#limits.idleMs, () => this.#sweepIdle());
  }

  /** Forgets a URL that nobody uses, and closes the connections when it was the last one of its origin. */
  #drop(destination: Destination): void {
    if (!isIdle(destination)) return;
    const { origin } = destination;
    const byUrl = this.#urls.get(origin.caCerts);
    if (byUrl?.get(destination.key) !== destination) return;
    byUrl.delete(destination.key);
    if (byUrl.size === 0) this.#urls.delete(origin.caCerts);
    this.#urlCount -= 1;
    origin.urls.delete(destination);
    if (origin.urls.size > 0) return;
    const byOrigin = this.#origins.get(origin.caCerts);
    byOrigin?.delete(origin.key);
    if (byOrigin?.size === 0) this.#origins.delete(origin.caCerts);
    this.#originCount -= 1;
    this.#close(origin.connections);
  }

  #dropLeastRecent(): void {
    let oldest: Destination | undefined;
    for (const byUrl of this.#urls.values()) {
      for (const destination of byUrl.values()) {
        if (isIdle(destination) && (oldest === undefined || destination.lastUsedMs < oldest.lastUsedMs))
          oldest = destination;
      }
    }
    if (oldest !== undefined) this.#drop(oldest);
  }

  #dropLeastRecentOrigin(): void {
    let oldest: Origin | undefined;
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const byOrigin of this.#origins.values()) {
      for (const origin of byOrigin.values()) {
        let lastMs = Number.NEGATIVE_INFINITY;
        for (const url of origin.urls)
          lastMs = Math.max(lastMs, isIdle(url) ? url.lastUsedMs : Number.POSITIVE_INFINITY);
        if (lastMs < oldestMs) {
          oldest = origin;
          oldestMs = lastMs;
        }
      }
    }
    for (const destination of oldest?.urls ?? []) this.#drop(destination);
  }
}

function mayGo({ connections, recent }: Origin): boolean {
  return connections.hasRoom && recent.hasRoom;
}

/** Lets those go that wait, in order, as far as there is room. */
function goOn(origin: Origin): void {
  while (!origin.waiting.isEmpty) {
    if (!mayGo(origin)) {
      origin.recent.wait();
      return;
    }
    origin.waiting.shift()?.onTurn();
  }
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`, 'utf8').toString('base64')}`;
}

/** As it stands when it is not percent-encoded: a URL may hold any `%`. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isIdle(destination: Destination): boolean {
  return destination.underWay === 0 && destination.waiting.isEmpty;
}

function innerMap<V>(map: Map<string | undefined, Map<string, V>>, key: string | undefined): Map<string, V> {
  let inner = map.get(key);
  if (inner === undefined) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}

/** The certificates are parsed once for an origin: for each connection it would cost milliseconds. */
function connectorOf(
  url: URL,
  caCerts: string | undefined,
  { connectTimeoutMs }: DestinationLimits,
): buildConnector.connector | string {
  const options = { allowH2: false, timeout: connectTimeoutMs };
  let connect: buildConnector.connector;
  try {
    const trusted = url.protocol === 'https:' && caCerts !== undefined;
    const ca = trusted ? [...getCACertificates('default'), caCerts] : undefined;
    connect = buildConnector(ca === undefined ? options : { ...options, secureContext: createSecureContext({ ca }) });
  } catch (error) {
    return `expected PEM certificates in CACerts: ${(error as Error).message}`;
  }
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      // Before undici's own listener, so that this is known when the error reaches the call.
      socket.on('error', (broken) => {
        if (socket.bytesRead > 0) staleErrors.add(broken);
      });
      callback(null, socket);
    });
  };
}

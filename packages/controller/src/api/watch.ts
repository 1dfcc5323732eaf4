/**
 * Watches over HTTP: one JSON object a line, until the client, its time limit or the server ends it.
 *
 * W1. Every change of the selection is written once and in order; after a gap comes an ERROR with 410 and the end.
 * W2. Nothing is queued for a slow client but what its socket takes; one that stands still is ended with 410.
 * W3. A watch that ended holds nothing: no timer, no place among the watches.
 */
import type { ServerResponse } from 'node:http';
import type { Resource } from '@millrace/api';
import type { Clock, Logger, Timer } from '@millrace/runtime';
import type { ResourceStore, Selection, Watch } from '../store/store.ts';
import { ApiError, type StatusBody, statusOf } from './api-error.ts';
import type { ResourceApiLimits } from './limits.ts';
import type { Presenter } from './presenter.ts';
import type { WatchQuery } from './query.ts';
import { listSelected } from './read.ts';
import type { CollectionTarget } from './target.ts';

/** Tells a client that asked for `sendInitialEvents` that it has all present objects. */
const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' };

export interface WatchRequest {
  readonly target: CollectionTarget;
  /** Undefined: nothing can match, so nothing ever comes. */
  readonly selection: Selection | undefined;
  readonly query: WatchQuery;
  readonly presenter: Presenter;
}

export interface WatchDeps {
  readonly store: ResourceStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: ResourceApiLimits;
}

/** The watches of a server. */
export class Watches {
  readonly #deps: WatchDeps;
  readonly #running = new Set<WatchStream>();
  #isStopped = false;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** Begins a watch. Throws, before anything is written, what an answer of its own is better for. */
  async prepare(request: WatchRequest, response: ServerResponse): Promise<() => Promise<void>> {
    const { limits } = this.#deps;
    if (this.#isStopped) throw new ApiError('ServiceUnavailable', 'the server is shutting down');
    if (this.#running.size >= limits.watchesMax) {
      throw new ApiError('TooManyRequests', `${limits.watchesMax} watches are open: end some and try again`, {
        retryAfterSeconds: 1,
      });
    }
    const stream = new WatchStream(this.#deps, request, response);
    if (response.destroyed) stream.stop();
    else {
      this.#running.add(stream);
      response.once('close', () => this.#running.delete(stream));
    }
    await stream.begin();
    return () => stream.run();
  }

  /** Ends all of them, as a server that goes does. */
  stop(): void {
    this.#isStopped = true;
    for (const stream of this.#running) stream.stop();
  }
}

interface Start {
  /** Given first, as ADDED. */
  readonly present: readonly Resource[];
  readonly watch: Watch | undefined;
}

class WatchStream {
  readonly #deps: WatchDeps;
  readonly #request: WatchRequest;
  #start: Start = { present: [], watch: undefined };
  readonly #response: ServerResponse;
  readonly #timers = new Set<Timer>();
  readonly #ended = Promise.withResolvers<void>();
  #isEnded = false;
  /** The version up to which the client knows everything. */
  #version = '';

  constructor(deps: WatchDeps, request: WatchRequest, response: ServerResponse) {
    this.#deps = deps;
    this.#request = request;
    this.#response = response;
    response.on('close', () => this.stop());
    // A client that went away is no error of ours.
    response.on('error', () => this.stop());
  }

  /** Asks the store. Rejects with what is better told in an answer of its own. */
  async begin(): Promise<void> {
    const { target, selection, query } = this.#request;
    const { store } = this.#deps;
    const { bookmarks } = query;
    const named = query.initialEvents ? undefined : query.resourceVersion;
    const list = named === undefined ? await listSelected(store, target, selection) : undefined;
    this.#version = named ?? list?.resourceVersion ?? '';
    this.#start = {
      present: query.initialEvents ? (list?.items ?? []) : [],
      watch: selection && store.watch(selection, { resourceVersion: this.#version, bookmarks }),
    };
    // The client may have gone while the store was asked.
    if (this.#isEnded) this.stop();
  }

  /** Never rejects: what goes wrong is told in the stream. */
  async run(): Promise<void> {
    const response = this.#response;
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    response.flushHeaders();
    const { timeoutMs, bookmarks } = this.#request.query;
    if (timeoutMs !== undefined) this.#after(timeoutMs, () => this.stop());
    try {
      await this.#initial();
      if (bookmarks) this.#bookmarkLater();
      await this.#follow();
    } catch (error) {
      this.#fail(error);
    }
    this.#finish();
  }

  /** The client sees the stream end, and watches on from where it was. */
  stop(): void {
    this.#isEnded = true;
    this.#start.watch?.stop();
    this.#ended.resolve();
  }

  async #initial(): Promise<void> {
    const { presenter, query } = this.#request;
    for (const object of this.#start.present) {
      if (this.#isEnded) return;
      await this.#write('ADDED', presenter.change(object));
    }
    if (query.markInitialEnd) await this.#write('BOOKMARK', presenter.bookmark(this.#version, initialEventsEnd));
  }

  async #follow(): Promise<void> {
    const { watch } = this.#start;
    if (watch === undefined) return this.#ended.promise;
    const { presenter } = this.#request;
    for await (const event of watch) {
      if (this.#isEnded) return;
      if (event.kind === 'BOOKMARK') {
        this.#version = event.resourceVersion;
        await this.#write('BOOKMARK', presenter.bookmark(event.resourceVersion));
      } else {
        this.#version = event.object.metadata.resourceVersion ?? this.#version;
        await this.#write(event.kind, presenter.change(event.object));
      }
    }
  }

  #bookmarkLater(): void {
    this.#after(this.#deps.limits.bookmarkIntervalMs, () => {
      const { presenter } = this.#request;
      // A client that has not read what it was sent learns the version later (W2).
      if (!this.#response.writableNeedDrain) this.#line('BOOKMARK', presenter.bookmark(this.#version));
      this.#bookmarkLater();
    });
  }

  #line(type: string, object: unknown): boolean {
    return this.#isEnded || this.#response.write(`${JSON.stringify({ type, object })}\n`);
  }

  /** Resolves when the socket has room again. Rejects with 410 when it has none for too long (W2). */
  async #write(type: string, object: unknown): Promise<void> {
    if (this.#line(type, object)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const stalled = this.#after(this.#deps.limits.watchStallMs, () =>
      reject(new ApiError('Expired', 'the watch was not read for too long: list again')),
    );
    this.#response.once('drain', resolve);
    try {
      await Promise.race([promise, this.#ended.promise]);
    } finally {
      this.#cancel(stalled);
      this.#response.off('drain', resolve);
    }
  }

  #fail(error: unknown): void {
    const status = statusOf(error, this.#request.target.definition) ?? this.#internal(error);
    this.#line('ERROR', status);
  }

  #internal(error: unknown): StatusBody {
    this.#deps.logger.error('a watch failed', { error, kind: this.#request.target.definition.kind });
    return new ApiError('InternalError', 'an error of the server ended the watch').status;
  }

  /** W3. A client that stood still gets as long again to read the end; then the connection is cut. */
  #finish(): void {
    this.stop();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    const response = this.#response;
    const cut = this.#deps.clock.setTimer(this.#deps.limits.watchStallMs, () => response.destroy());
    response.once('close', () => cut.cancel());
    if (response.destroyed) cut.cancel();
    else response.end();
  }

  #after(delayMs: number, callback: () => void): Timer {
    const timer = this.#deps.clock.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      callback();
    });
    this.#timers.add(timer);
    return timer;
  }

  #cancel(timer: Timer): void {
    timer.cancel();
    this.#timers.delete(timer);
  }
}

/**
 * One call of the HTTP client: a POST, with the redirects it leads through.
 *
 * C1. The caller gets exactly one outcome. What undici tells afterwards only frees what the call still holds.
 * C2. The call holds a place at the gate of its destination from `enter`, and a connection from its turn on, until undici lets go
 *     of the request.
 * C3. Bodies of answers are read to their end or the connection is destroyed: none is left half read.
 * C4. A request that broke on a connection which had carried an earlier answer, before one byte of an answer came, is
 *     sent once more at once: the peer had closed it while we wrote. It may have been received all the same; duplicates
 *     are part of at-least-once, and the call counts as one.
 * C5. 307 and 308 are followed with the same method and body. 301, 302 and 303 would turn the POST into a GET that
 *     carries no event (Go's client does): whoever answers that with 200 has received nothing, so they are not followed.
 */
import type { Client, Dispatcher } from 'undici';
import type { Clock } from '../../ports/index.ts';
import type { Cancellable } from './cancellation.ts';
import type { BodyCut, HeaderFields, HttpClientLimits, HttpOutcome, HttpPost } from './client.ts';
import type { Connections } from './connections.ts';
import type { Deadlines, Due } from './deadlines.ts';
import { type Destination, type Destinations, isStale, type Waiter } from './destinations.ts';
import { failureKind, failureText } from './failures.ts';
import type { Link, LinkedList } from './linked-list.ts';
import { redirectOf } from './redirect.ts';

export interface CallContext {
  readonly clock: Clock;
  readonly limits: HttpClientLimits;
  readonly deadlines: Deadlines;
  readonly destinations: Destinations;
}

const NO_BYTES = new Uint8Array(0);

export class Call implements Due, Cancellable, Waiter {
  dueAtMs = 0;
  duePrevious: Due | undefined = undefined;
  dueNext: Due | undefined = undefined;
  dueQueue: Due['dueQueue'] = undefined;

  readonly context: CallContext;
  readonly #request: HttpPost;
  readonly #group: LinkedList<Cancellable>;
  #membership: Link<Cancellable> | undefined;
  #waiting: Link<Waiter> | undefined;
  #resolve: ((outcome: HttpOutcome) => void) | undefined;
  #destination: Destination | undefined;
  #hop: Hop | undefined;
  #redirects = 0;
  #sentAgain = false;

  constructor(
    context: CallContext,
    request: HttpPost,
    group: LinkedList<Cancellable>,
    resolve: (outcome: HttpOutcome) => void,
  ) {
    this.context = context;
    this.#request = request;
    this.#group = group;
    this.#resolve = resolve;
  }

  begin(): void {
    const nowMs = this.context.clock.monotonic();
    this.context.deadlines.add(this, this.#request.timeoutMs, nowMs);
    this.#membership = this.#group.add(this);
    this.#go(this.#request.url, nowMs);
  }

  #go(url: string, nowMs: number): void {
    const destination = this.context.destinations.of(url, this.#request.caCerts, nowMs);
    if (typeof destination === 'string') {
      this.#end({ kind: 'failed', why: 'bad-target', error: destination });
      return;
    }
    this.#destination = destination;
    this.#waiting = this.context.destinations.enter(destination, this);
    if (this.#waiting === undefined) this.onTurn();
  }

  /** C2: there is a place. */
  onTurn(): void {
    const destination = this.#destination;
    if (destination === undefined) return;
    const { connections, recent } = destination.origin;
    const connection = connections.take();
    const hop = new Hop(this, destination, recent.begin(), connections, connection);
    this.#hop = hop;
    const { headers, body } = this.#request;
    const { authorization } = destination;
    connection.dispatch(
      {
        method: 'POST',
        path: destination.path,
        headers: authorization === undefined ? headers : [...headers, 'authorization', authorization],
        body: body as Buffer,
      },
      hop,
    );
  }

  onDue(): void {
    const seconds = this.#request.timeoutMs / 1_000;
    const what = this.#hop === undefined ? 'no connection was free' : 'no answer';
    this.#stop('timeout', { kind: 'failed', why: 'timeout', error: `${what} within ${seconds} s` });
  }

  onCancel(): void {
    this.#stop(undefined, { kind: 'cancelled' });
  }

  /** Ends the call from our side. A refusal whose status is known stays one: only the rest of its body is missing. */
  #stop(cut: BodyCut | undefined, outcome: HttpOutcome): void {
    const hop = this.#hop;
    if (hop === undefined) {
      const destination = this.#destination;
      this.#end(outcome);
      if (destination && this.#waiting) this.context.destinations.quit(destination, this.#waiting);
    } else {
      this.#end(cut !== undefined && hop.statusCode >= 300 ? hop.answer(cut) : outcome);
      hop.abort();
    }
  }

  /** The answer is complete, or its body was cut. */
  answered(hop: Hop, cut: BodyCut | undefined): void {
    if (this.#resolve === undefined) return;
    const redirect = redirectOf(hop.statusCode, hop.headers, hop.url, this.#redirects < this.context.limits.redirects);
    if (redirect?.kind === 'follow') {
      this.#redirects += 1;
      this.#hop = undefined;
      this.#destination = undefined;
      this.#go(redirect.url, this.context.clock.monotonic());
    } else {
      const answer = hop.answer(cut);
      this.#end(redirect === undefined ? answer : { ...answer, redirect: redirect.reason });
    }
  }

  /** The connection failed. */
  failed(hop: Hop, error: unknown): void {
    if (this.#resolve === undefined) return;
    const kind = failureKind(error, hop.sent);
    if (kind === 'reset' && !hop.started && !this.#sentAgain && isStale(error)) {
      this.#sentAgain = true;
      this.#hop = undefined;
      this.#go(hop.key, this.context.clock.monotonic());
    } else if (hop.statusCode >= 300) {
      this.answered(hop, kind === 'bad-answer' ? 'bad-answer' : 'reset');
    } else {
      this.#end({ kind: 'failed', why: kind, error: failureText(error) });
    }
  }

  /** C1. */
  #end(outcome: HttpOutcome): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#resolve = undefined;
    this.context.deadlines.remove(this);
    if (this.#membership !== undefined) this.#group.remove(this.#membership);
    resolve(outcome);
  }
}

/** One request as undici sees it: its handler. */
export class Hop implements Dispatcher.DispatchHandler {
  statusCode = 0;
  headers: HeaderFields = {};
  /** Written to a connection. */
  sent = false;
  /** A first byte of an answer came. */
  started = false;
  readonly #call: Call;
  readonly #destination: Destination;
  readonly #begunAt: number;
  readonly #connections: Connections;
  readonly #connection: Client;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted = false;
  #gone = false;
  #chunks: Uint8Array[] | undefined;
  #bytes = 0;
  #keptBytes = 0;

  constructor(call: Call, destination: Destination, begunAt: number, connections: Connections, connection: Client) {
    this.#call = call;
    this.#destination = destination;
    this.#begunAt = begunAt;
    this.#connections = connections;
    this.#connection = connection;
  }

  get url(): URL {
    return this.#destination.url;
  }

  get key(): string {
    return this.#destination.key;
  }

  answer(cut: BodyCut | undefined): HttpOutcome & { readonly kind: 'answer' } {
    const { statusCode, headers } = this;
    // A chunk is a window on the connection's read buffer: a copy lets that go, and is ours alone.
    const body = this.#chunks === undefined ? NO_BYTES : new Uint8Array(Buffer.concat(this.#chunks, this.#keptBytes));
    return cut === undefined
      ? { kind: 'answer', statusCode, headers, body }
      : { kind: 'answer', statusCode, headers, body, cut };
  }

  /** A request that undici has not begun to write cannot be taken back: it is stopped when its turn comes. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort(new Error('aborted'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(new Error('aborted'));
    else this.sent = true;
  }

  onResponseStarted(): void {
    this.started = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, statusCode: number, headers: HeaderFields): void {
    // 1xx: the answer itself is still to come.
    if (statusCode < 200) return;
    this.statusCode = statusCode;
    this.headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const { answerBytes, refusalBytes } = this.#call.context.limits;
    this.#bytes += chunk.byteLength;
    const accepted = this.statusCode < 300;
    const room = (accepted ? answerBytes : refusalBytes) - this.#keptBytes;
    if (room > 0) {
      const kept = chunk.byteLength <= room ? chunk : chunk.subarray(0, room);
      this.#chunks ??= [];
      this.#chunks.push(kept);
      this.#keptBytes += kept.byteLength;
    }
    if (this.#bytes <= answerBytes) return;
    // C3.
    this.#call.answered(this, 'too-large');
    this.abort();
  }

  onResponseEnd(): void {
    this.#leave();
    this.#call.answered(this, undefined);
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#leave();
    if (!this.#aborted) this.#call.failed(this, error);
  }

  /** C2. */
  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    const { destinations, clock } = this.#call.context;
    this.#connections.give(this.#connection);
    destinations.leave(this.#destination, this.#begunAt, clock.monotonic());
  }
}

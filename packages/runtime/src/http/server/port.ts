/** What all connections of one server share: its options, its counts, and which answers are still owed where. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Logger } from '../../ports/index.ts';
import { type Refusal, type RefusalReason, rawReply } from './client-error.ts';
import type { HttpServerLimits } from './limits.ts';
import { linger } from './linger.ts';
import type { HttpHandler, HttpReply } from './message.ts';

/**
 * A connection. Requests may be pipelined, so several answers can be owed.
 *
 * N1. A refusal of bytes that are no request is said after the answers owed for the good requests before them.
 * N2. After a refusal nothing more that comes on the connection is served.
 */
export class Connection {
  readonly socket: Socket;
  readonly #port: Port;
  /** The last answer that is owed: they are written in the order of their requests. */
  #owed: ServerResponse | undefined;
  #refusal: Refusal | undefined;
  #ended = false;

  constructor(socket: Socket, port: Port) {
    this.socket = socket;
    this.#port = port;
  }

  /** N2. */
  get ended(): boolean {
    return this.#ended || this.#refusal !== undefined;
  }

  /** An answer that is owed: the request is whole. */
  owe(answer: ServerResponse): void {
    this.#owed = answer;
  }

  /** It was given. One that is behind others is still to be written, and waits without a socket. */
  paid(answer: ServerResponse): void {
    if (this.#owed === answer && answer.socket !== null) this.#owed = undefined;
  }

  /** N1. */
  refuse(refusal: Refusal): void {
    if (this.ended) return;
    this.#refusal = refusal;
    this.#port.refused(refusal.reason);
    if (this.#owed === undefined || this.#owed.closed) this.#say(refusal);
    else this.#owed.once('close', () => this.#say(refusal));
  }

  /** The answer under way is the last one. */
  end(): void {
    this.#ended = true;
    // What Node calls when the last answer is written: our side is ended, the rest of the body read away.
    this.socket.destroySoon = () => linger(this.socket, this.#port.clock, this.#port.limits.lingerMs);
  }

  #say({ reply }: Refusal): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.socket.writable) this.socket.write(rawReply(reply, this.#port.headers));
    linger(this.socket, this.#port.clock, this.#port.limits.lingerMs);
  }
}

export interface PortOptions {
  readonly handler: HttpHandler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: HttpServerLimits;
  /** Flat; on every answer. */
  readonly headers: readonly string[];
  readonly onRefused: (reason: RefusalReason) => void;
}

export class Port {
  readonly handler: HttpHandler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: HttpServerLimits;
  readonly headers: readonly string[];
  readonly refused: (reason: RefusalReason) => void;
  readonly connections = new Map<Socket, Connection>();
  /** Requests between header and answer, and the bytes of their bodies. */
  requests = 0;
  bufferedBytes = 0;
  closing = false;
  readonly #merged = new WeakMap<HttpReply, string[]>();
  #lastReply: HttpReply | undefined;
  #lastMerged: string[] = [];

  constructor(options: PortOptions) {
    this.handler = options.handler;
    this.clock = options.clock;
    this.logger = options.logger;
    this.limits = options.limits;
    this.headers = options.headers;
    this.refused = options.onRefused;
  }

  connectionOf(socket: Socket): Connection {
    let connection = this.connections.get(socket);
    if (connection === undefined) {
      connection = new Connection(socket, this);
      this.connections.set(socket, connection);
      socket.once('close', () => this.connections.delete(socket));
    }
    return connection;
  }

  /** All headers of a reply. Kept by the reply: a handler gives the same object for its common answers. */
  headersOf(reply: HttpReply): string[] {
    if (reply === this.#lastReply) return this.#lastMerged;
    let merged = this.#merged.get(reply);
    if (merged === undefined) {
      const bytes = reply.body === undefined ? 0 : Buffer.byteLength(reply.body);
      merged = [...this.headers, ...(reply.headers ?? []), 'content-length', String(bytes)];
      this.#merged.set(reply, merged);
    }
    this.#lastReply = reply;
    this.#lastMerged = merged;
    return merged;
  }
}

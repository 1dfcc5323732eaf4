/**
 * One request and its answer.
 *
 * X1. Exactly one answer is written, or none when the peer is gone.
 * X2. What the request counts for (`requests`, `bufferedBytes`) is given back exactly once.
 * X3. A body is never held beyond its limit: it is counted while it streams in.
 */
import type { ServerResponse } from 'node:http';
import type { RefusalReason } from './client-error.ts';
import type { BodyTaker, Incoming } from './incoming.ts';
import { errorReply, type HttpReply, type HttpRequest } from './message.ts';
import type { Connection, Port } from './port.ts';

const NO_BODY = new Uint8Array(0);
/** After this the queue has moved on: it is bounded to less than a second of work. */
const RETRY_SOON = ['retry-after', '1'];
const tooMany = errorReply(429, 'too many requests are under way here: try again later', RETRY_SOON);
const tooManyBytes = errorReply(429, 'the requests under way here hold too many bytes: try again later', RETRY_SOON);
const broken = errorReply(500, 'internal error: the request was not served');

export class Exchange implements BodyTaker {
  readonly #port: Port;
  readonly #connection: Connection;
  readonly #incoming: Incoming;
  readonly #response: ServerResponse;
  #request: HttpRequest | undefined;
  #first: Uint8Array | undefined;
  #chunks: Uint8Array[] | undefined;
  #bytes = 0;
  #owing = false;
  #answered = false;
  #released = false;

  constructor(port: Port, connection: Connection, incoming: Incoming, response: ServerResponse) {
    this.#port = port;
    this.#connection = connection;
    this.#incoming = incoming;
    this.#response = response;
  }

  begin(expectsContinue: boolean): void {
    const { limits, handler } = this.#port;
    this.#port.requests += 1;
    const request = requestOf(this.#incoming);
    this.#request = request;
    const length = Number(this.#incoming.headers['content-length'] ?? 0);
    const refused = this.#port.requests > limits.requests ? tooMany : handler.begin(request);
    if (refused !== undefined) {
      if (refused === tooMany) this.#port.refused('too-many-requests');
      this.#refuseUnread(refused, expectsContinue);
    } else if (length > limits.bodyBytes) {
      this.#refuse('body-too-large', this.#tooLarge());
    } else {
      if (expectsContinue) this.#response.writeContinue();
      this.#incoming.giveTo(this);
    }
  }

  gone(): void {
    this.#release();
  }

  /** X3. */
  take(chunk: Uint8Array): void {
    if (this.#answered) return;
    this.#bytes += chunk.byteLength;
    this.#port.bufferedBytes += chunk.byteLength;
    const { limits, bufferedBytes } = this.#port;
    if (this.#bytes > limits.bodyBytes) {
      this.#refuse('body-too-large', this.#tooLarge());
    } else if (bufferedBytes > limits.bufferedBytes) {
      this.#refuse('too-many-requests', tooManyBytes);
    } else if (this.#first === undefined) {
      this.#first = chunk;
    } else {
      this.#chunks ??= [this.#first];
      this.#chunks.push(chunk);
    }
  }

  complete(): void {
    const request = this.#request;
    if (this.#answered || request === undefined) return;
    this.#owing = true;
    this.#connection.owe(this.#response);
    const body = this.#chunks === undefined ? (this.#first ?? NO_BODY) : Buffer.concat(this.#chunks, this.#bytes);
    this.#first = undefined;
    this.#chunks = undefined;
    try {
      const reply = this.#port.handler.handle(request, body);
      if (reply instanceof Promise)
        reply.then(
          (later) => this.#answer(later),
          (error: unknown) => this.#fail(error),
        );
      else this.#answer(reply);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#port.logger.error('request handler failed', { error });
    this.#port.refused('failed');
    this.#answer(broken);
  }

  #tooLarge(): HttpReply {
    return errorReply(413, `the body is larger than the ${this.#port.limits.bodyBytes} bytes that are taken here`);
  }

  #refuse(reason: RefusalReason, reply: HttpReply): void {
    this.#port.refused(reason);
    this.#lastAnswer(reply);
  }

  /** A short body is read away and the connection kept; else the connection ends with the answer. */
  #refuseUnread(reply: HttpReply, expectsContinue: boolean): void {
    const { headers } = this.#incoming;
    const short = Number(headers['content-length'] ?? 0) <= this.#port.limits.discardBytes;
    if (expectsContinue || !short || headers['transfer-encoding'] !== undefined) {
      this.#lastAnswer(reply);
    } else {
      this.#incoming.resume();
      this.#answer(reply);
    }
  }

  #lastAnswer(reply: HttpReply): void {
    this.#connection.end();
    this.#incoming.resume();
    this.#answer(reply);
  }

  /** X1. */
  #answer(reply: HttpReply): void {
    if (this.#answered) return;
    this.#answered = true;
    const response = this.#response;
    if (!response.destroyed && response.socket?.destroyed !== true) {
      const headers = this.#port.headersOf(reply);
      const last = this.#port.closing || (this.#connection.ended && !this.#owing);
      response.writeHead(reply.statusCode, last ? [...headers, 'connection', 'close'] : headers);
      response.end(reply.body);
      this.#connection.paid(response);
    }
    this.#release();
  }

  /** X2. The answer is handed over, or the peer is gone. */
  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#answered = true;
    this.#first = undefined;
    this.#chunks = undefined;
    this.#port.requests -= 1;
    this.#port.bufferedBytes -= this.#bytes;
  }
}

function requestOf(incoming: Incoming): HttpRequest {
  const { headers } = incoming;
  const url = incoming.url ?? '';
  // An absolute target names the host itself (RFC 9112 section 3.2.2).
  const absolute = url.startsWith('/') ? null : /^https?:\/\/([^/?#]*)([^#]*)/i.exec(url);
  return {
    method: incoming.method ?? '',
    target: absolute === null ? url : absolute[2] || '/',
    rawHeaders: incoming.rawHeaders,
    host: absolute === null ? (headers.host ?? '') : (absolute[1] ?? ''),
    origin: headers.origin,
  };
}

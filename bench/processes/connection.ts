/**
 * A connection of the generator: HTTP/1.1 by hand on a socket, one request at a time. What an HTTP client does for its
 * users costs several times what the answer of a benchmark needs, and the generator must not be the bottleneck.
 *
 * C1. Where the other side closes it before a byte of the answer came, the request is sent again on a new socket:
 *     servers close connections that rest. With `giveUp` nothing is sent again and the request counts as not answered.
 */
import { connect, type Socket } from 'node:net';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly giveUp: boolean;
}

/** Tries in a row that end before an answer came. */
const RECONNECTS_MAX = 20;
const RECONNECT_WAIT_MS = 50;
const endOfHead = '\r\n\r\n';

/** 0: nobody answered, and nobody will (`giveUp`). */
type OnStatus = (status: number) => void;

export class Connection {
  readonly #options: ConnectionOptions;
  #socket: Socket | undefined;
  #request: Buffer | undefined;
  #onStatus: OnStatus = () => {};
  #onError: (error: Error) => void = () => {};
  #head = '';
  #bodyLeft = -1;
  #status = 0;
  #tries = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** One at a time: the bytes may change only after the answer. */
  send(request: Buffer, onStatus: OnStatus, onError: (error: Error) => void): void {
    this.#request = request;
    this.#onStatus = onStatus;
    this.#onError = onError;
    this.#tries = 0;
    this.#write();
  }

  close(): void {
    this.#request = undefined;
    this.#socket?.destroy();
  }

  #write(): void {
    if (!this.#request) return;
    this.#head = '';
    this.#bodyLeft = -1;
    this.#socket ??= this.#open();
    this.#socket.write(this.#request);
  }

  #open(): Socket {
    const socket = connect(this.#options.port, this.#options.host);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk as Buffer));
    socket.on('error', () => {}); // `close` follows.
    socket.on('close', () => this.#closed(socket));
    return socket;
  }

  /** C1. */
  #closed(socket: Socket): void {
    if (this.#socket === socket) this.#socket = undefined;
    if (!this.#request) return;
    if (this.#options.giveUp) this.#answered(0);
    else if (this.#head !== '' || this.#bodyLeft >= 0)
      this.#onError(new Error('the connection ended within an answer'));
    else if (++this.#tries > RECONNECTS_MAX) this.#onError(new Error(`no answer after ${RECONNECTS_MAX} connections`));
    else setTimeout(() => this.#write(), RECONNECT_WAIT_MS);
  }

  #take(chunk: Buffer): void {
    if (this.#bodyLeft >= 0) {
      this.#bodyLeft -= chunk.length;
    } else {
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf(endOfHead);
      if (end < 0) return;
      this.#status = Number(this.#head.slice(9, 12));
      this.#bodyLeft = contentLength(this.#head) - (this.#head.length - end - endOfHead.length);
    }
    if (this.#bodyLeft <= 0) this.#answered(this.#status);
  }

  #answered(status: number): void {
    const onStatus = this.#onStatus;
    this.#request = undefined;
    onStatus(status);
  }
}

/** An answer without a length has no body: 202 and 204 of every server here. */
function contentLength(head: string): number {
  const at = head.search(/\r\ncontent-length: /i);
  return at < 0 ? 0 : Number.parseInt(head.slice(at + '\r\ncontent-length: '.length), 10);
}

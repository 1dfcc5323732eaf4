/**
 * A request as `node:http` hands it over, without what each event would pay for and nobody here uses:
 *
 * - `headers`. Node asks each request for `expect` there, and that makes an object of all of them; the event's own are read
 *   from `rawHeaders`. Here are the few that Node and this port look for.
 * - The stream. Whoever takes the body gets each part of it when the parser has it, and the end with the last one. As a stream
 *   it would be buffered, told in later ticks and destroyed for each event: with nobody who reads slowly that is for nothing.
 *
 * I1. A taker is told the end of the body once, when all of it has come, and that the peer is gone when that is before the
 *     answer was written.
 * I2. A request that was given to nobody is the stream that Node makes of it.
 */
import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** What `headers` has. A name that occurs more than once has its values joined (RFC 9110 section 5.3); of hosts the first counts. */
class FewHeaders {
  host: string | undefined = undefined;
  expect: string | undefined = undefined;
  origin: string | undefined = undefined;
  te: string | undefined = undefined;
  'content-length': string | undefined = undefined;
  'transfer-encoding': string | undefined = undefined;

  constructor(rawHeaders: readonly string[]) {
    for (let index = 0; index + 1 < rawHeaders.length; index += 2)
      this.#take(rawHeaders[index] as string, rawHeaders[index + 1] as string);
  }

  /** Most names are told apart by their length. */
  #take(name: string, value: string): void {
    switch (name.length) {
      case 2:
        if (is(name, 'te')) this.te = joined(this.te, value);
        break;
      case 4:
        if (is(name, 'host')) this.host ??= value;
        break;
      case 6:
        if (is(name, 'expect')) this.expect = joined(this.expect, value);
        else if (is(name, 'origin')) this.origin = joined(this.origin, value);
        break;
      case 14:
        if (is(name, 'content-length')) this['content-length'] ??= value;
        break;
      case 17:
        if (is(name, 'transfer-encoding')) this['transfer-encoding'] = joined(this['transfer-encoding'], value);
        break;
      default:
    }
  }
}

function is(name: string, wanted: string): boolean {
  return name === wanted || name.toLowerCase() === wanted;
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

/** Takes the body of a request as it comes. */
export interface BodyTaker {
  take(chunk: Uint8Array): void;
  complete(): void;
  /** The peer went away, within the body or while it waited for the answer. */
  gone(): void;
}

export class Incoming extends IncomingMessage {
  few: FewHeaders | undefined = undefined;
  taker: BodyTaker | undefined = undefined;
  /** The taker was told the end. */
  isTaken = false;
  /** Node's own: somebody reads the body, so that it need not be read away when the answer is written. */
  declare _consuming: boolean;

  /** Called before any of the body has come: when the request is told. */
  giveTo(taker: BodyTaker): void {
    this.taker = taker;
    this._consuming = true;
  }

  /** What Node's parser calls with each part of the body, and with `null` at its end. False would stop the socket. */
  override push(chunk: Uint8Array | null, encoding?: BufferEncoding): boolean {
    const { taker } = this;
    if (taker === undefined) return super.push(chunk, encoding);
    if (this.isTaken) return false;
    if (chunk === null) {
      this.isTaken = true;
      taker.complete();
    } else taker.take(chunk);
    return true;
  }

  /** Node destroys what waits for its answer when the connection is closed. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.taker?.gone();
    super._destroy(error, callback);
  }
}

// The types have these as fields, so accessors within the class are refused.
Object.defineProperty(Incoming.prototype, 'headers', {
  configurable: true,
  get(this: Incoming): FewHeaders {
    this.few ??= new FewHeaders(this.rawHeaders);
    return this.few;
  },
});

const readableEnded = Object.getOwnPropertyDescriptor(Readable.prototype, 'readableEnded');
// Node lets go of a request, and of one that ended does not say that it was aborted, by this.
Object.defineProperty(Incoming.prototype, 'readableEnded', {
  configurable: true,
  get(this: Incoming): boolean {
    return this.taker === undefined ? readableEnded?.get?.call(this) : this.isTaken;
  },
});

/**
 * A request as `node:http` hands it over, but for `headers`. Node asks each request for `expect` there, and that makes an
 * object of all of them, for which nobody else has a use: the event's own are read from `rawHeaders`. Here are the few that
 * Node and this port look for.
 */
import { IncomingMessage } from 'node:http';

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

export class Incoming extends IncomingMessage {
  few: FewHeaders | undefined;
}

// The types have `headers` as a field, so an accessor within the class is refused.
Object.defineProperty(Incoming.prototype, 'headers', {
  configurable: true,
  get(this: Incoming): FewHeaders {
    this.few ??= new FewHeaders(this.rawHeaders);
    return this.few;
  },
});

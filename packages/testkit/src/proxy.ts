/**
 * A TCP proxy on the loopback that stands between us and a server, and makes its network as bad as a test wants it: slow, cut, silent, refused.
 *
 * 1. Bytes of a direction leave in the order they came, whatever changes meanwhile; none is dropped unless the connection is.
 * 2. What waits in here is bounded: beyond `heldBytesMax` a direction is no longer read, as with a real network.
 *
 * A server that tells its clients where to connect (Kafka) has to be told the proxy's port: hence a proxy has its port first and its target later.
 */
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

const host = '127.0.0.1';
/** More than a network with a delay of seconds holds at the rates of tests. */
const heldBytesMax = 16 * 1024 * 1024;

type Mode = 'pass' | 'hold' | 'refuse';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  readonly ways: readonly Way[];
}

export class TcpProxy {
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  #targetPort: number | undefined;
  #mode: Mode = 'pass';
  #delayMs = 0;
  #accepted = 0;

  private constructor(listener: Server) {
    this.#listener = listener;
    listener.on('connection', (client: Socket) => this.#accept(client));
  }

  /** Listens on a port that the system chooses; connections are refused until there is a target. */
  static async start(): Promise<TcpProxy> {
    // Half-open, so that the end of one direction does not end the other.
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(0, host, resolve);
    });
    return new TcpProxy(listener);
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Connections that were accepted since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Where new connections go: a port of the loopback. */
  target(port: number): void {
    this.#targetPort = port;
  }

  /** Everything takes that much longer, each way; 0 for none. Concerns what arrives from now on. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** All connections end now, with a reset on both sides and without what was on its way; new ones are served. */
  cut(): void {
    for (const link of [...this.#links]) this.#drop(link);
  }

  /** A silent network: connections stay and new ones are accepted, but nothing passes until `resume`. */
  hold(): void {
    this.#mode = 'hold';
    this.#apply();
  }

  /** A server that is not there: all connections end, new ones are reset, until `resume`. */
  refuse(): void {
    this.#mode = 'refuse';
    this.cut();
  }

  /** Ends `hold`, `refuse` and `delay`; what was held passes. */
  resume(): void {
    this.#mode = 'pass';
    this.#delayMs = 0;
    this.#apply();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    this.cut();
    await closed;
  }

  #accept(client: Socket): void {
    this.#accepted++;
    client.on('error', () => client.destroy());
    if (this.#mode === 'refuse' || this.#targetPort === undefined) {
      client.resetAndDestroy();
      return;
    }
    const server = new Socket({ allowHalfOpen: true });
    server.setNoDelay(true).connect(this.#targetPort, host);
    const link: Link = {
      client,
      server,
      ways: [new Way(client, server, () => this.#delayMs), new Way(server, client, () => this.#delayMs)],
    };
    this.#links.add(link);
    for (const socket of [client, server]) {
      socket.on('error', () => this.#drop(link));
      socket.on('close', () => this.#closed(link));
    }
    if (this.#mode === 'hold') for (const way of link.ways) way.hold(true);
  }

  #apply(): void {
    for (const link of this.#links) for (const way of link.ways) way.hold(this.#mode === 'hold');
  }

  /** One side is gone: the other follows when both directions are over, at once otherwise. */
  #closed(link: Link): void {
    if (link.ways.every((way) => way.isOver)) this.#links.delete(link);
    else this.#drop(link);
  }

  #drop(link: Link): void {
    this.#links.delete(link);
    for (const way of link.ways) way.stop();
    link.client.resetAndDestroy();
    link.server.resetAndDestroy();
  }
}

/** One direction of a connection. */
class Way {
  readonly #from: Socket;
  readonly #to: Socket;
  /** `undefined` is the end of the stream. */
  readonly #queue: { readonly chunk: Buffer | undefined; readonly dueMs: number }[] = [];
  #heldBytes = 0;
  #held = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  isOver = false;

  constructor(from: Socket, to: Socket, delayMs: () => number) {
    this.#from = from;
    this.#to = to;
    const take = (chunk: Buffer | undefined) => {
      // Invariant 1: nothing overtakes what came before it, even when the delay has become shorter.
      const dueMs = Math.max(performance.now() + delayMs(), this.#queue.at(-1)?.dueMs ?? 0);
      this.#queue.push({ chunk, dueMs });
      this.#heldBytes += chunk?.length ?? 0;
      this.#pump();
    };
    from.on('data', take);
    from.on('end', () => take(undefined));
    to.on('drain', () => this.#pump());
  }

  hold(held: boolean): void {
    this.#held = held;
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (!this.#stopped && !this.#held && !this.#to.writableNeedDrain) {
      const next = this.#queue[0];
      if (!next) break;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(waitMs));
        break;
      }
      this.#queue.shift();
      this.#pass(next.chunk);
    }
    this.#throttle();
  }

  #pass(chunk: Buffer | undefined): void {
    if (chunk === undefined) {
      this.isOver = true;
      this.#to.end();
      return;
    }
    this.#heldBytes -= chunk.length;
    this.#to.write(chunk);
  }

  /** Invariant 2. */
  #throttle(): void {
    const full = this.#heldBytes >= heldBytesMax || this.#to.writableNeedDrain;
    if (full && !this.#from.isPaused()) this.#from.pause();
    else if (!full && this.#from.isPaused()) this.#from.resume();
  }
}

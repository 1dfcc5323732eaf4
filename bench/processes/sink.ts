/**
 * A subscriber, or many: a process of its own that takes, fails or never answers, and counts what it gets by number.
 *
 * S1. An event counts as received when its whole body has come, whatever is answered then; as taken when 204 was sent.
 * S2. Latency counts from the time the event was due by the generator's schedule, and goes into the window of six
 *     seconds (or what it is told) in which it was due: by its number, since the schedule is even.
 * S3. Only events of the run that was begun last are counted.
 * S4. One sink stands for many subscribers: `/t7` is number 7, `/` is number 0, and each is counted apart. What comes
 *     for a number that the run does not have is answered and not counted.
 *
 * Control, on a port of its own: POST /begin?run=ID&events=N&targets=N&first=N&window=N forgets everything and begins;
 * POST /behave?as=B&delay=MS; GET /progress; GET /report, which is the same with the numbers.
 */
import { createServer as createControl } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Histogram } from '../support/histogram.ts';
import { Counts } from '../support/numbers.ts';
import { dueHeader, numberHeader, sharedMicroseconds } from './clock.ts';
import { fieldOf, RequestReader, type SinkRequest } from './requests.ts';

/** `take` answers 204, `fail` 500; `hold` accepts connection and request and never answers. */
export type Behaviour = 'take' | 'fail' | 'hold';

export interface WindowReport {
  readonly count: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface SinkProgress {
  /** Requests whose bodies have come, retries included. */
  readonly received: number;
  /** How many different events that makes; an event for two subscribers is two. */
  readonly distinct: number;
  /** How many different events were answered with 204. */
  readonly taken: number;
  /** When the last of them came, in shared microseconds. */
  readonly lastAt: number;
  /** User and system time of the sink since its start, in µs. */
  readonly cpuMicroseconds: number;
}

export interface SinkReport extends SinkProgress {
  /** Which were taken: event n of subscriber t stands at t × events + n. See `Counts`. */
  readonly takenNumbers: string;
  readonly windows: readonly WindowReport[];
}

/** As long as Node's own answer to the same request, so that reading it costs as much. */
const TAKEN = Buffer.from(
  'HTTP/1.1 204 No Content\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\n',
);
const FAILED = Buffer.from(
  'HTTP/1.1 500 Internal Server Error\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\nContent-Length: 0\r\n\r\n',
);

class State {
  behaviour: Behaviour;
  delayMs = 0;
  #idPrefix = '';
  #events = 0;
  received = 0;
  seen = new Counts(0);
  taken = new Counts(0);
  lastAt = 0;
  #windows: Histogram[] = [];
  #first = 0;
  #perWindow = 1;

  constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
  }

  begin(run: string, { events, targets, first, perWindow }: Record<string, number>): void {
    this.#idPrefix = `${run}-`;
    this.#events = events ?? 0;
    this.received = 0;
    this.seen = new Counts(this.#events * (targets ?? 1));
    this.taken = new Counts(this.#events * (targets ?? 1));
    this.lastAt = 0;
    this.#first = first ?? 0;
    this.#perWindow = perWindow ?? 1;
    const windows = Math.floor((this.#events - this.#first) / this.#perWindow);
    this.#windows = Array.from({ length: windows }, () => new Histogram());
  }

  /** Gives what is to be done when it is answered with 204. */
  receive(head: string): () => void {
    if (!fieldOf(head, 'ce-id').startsWith(this.#idPrefix)) return () => {}; // S3
    const number = Number(fieldOf(head, numberHeader));
    const place = targetOf(head) * this.#events + number;
    if (!(number < this.#events) || place >= this.seen.length) return () => {}; // S4
    this.received++;
    this.seen.add(place);
    const nowMicroseconds = sharedMicroseconds();
    // S2. Events before the first one that is measured warm up.
    if (number >= this.#first && this.behaviour === 'take')
      this.#windows[Math.floor((number - this.#first) / this.#perWindow)]?.add(
        nowMicroseconds - Number(fieldOf(head, dueHeader)),
      );
    const { taken } = this;
    return () => {
      taken.add(place);
      this.lastAt = nowMicroseconds;
    };
  }

  progress(): SinkProgress {
    const { user, system } = process.cpuUsage();
    return {
      received: this.received,
      distinct: this.seen.distinct(),
      taken: this.taken.distinct(),
      lastAt: this.lastAt,
      cpuMicroseconds: user + system,
    };
  }

  report(): SinkReport {
    return {
      ...this.progress(),
      takenNumbers: this.taken.encode(),
      windows: this.#windows.map((window) => ({
        count: window.count,
        p50: window.quantile(0.5),
        p99: window.quantile(0.99),
        p999: window.quantile(0.999),
        max: window.max,
      })),
    };
  }
}

/** S4. */
function targetOf(head: string): number {
  const start = head.indexOf(' ') + 1;
  const path = head.slice(start, head.indexOf(' ', start));
  if (path === '/') return 0;
  return path.startsWith('/t') ? Number(path.slice(2)) : Number.POSITIVE_INFINITY;
}

const state = new State(JSON.parse(process.argv[2] ?? '{}').behaviour ?? 'take');

function answer(socket: Socket, { head }: SinkRequest): void {
  const take = state.receive(head);
  if (state.behaviour === 'hold') return;
  if (state.behaviour === 'fail') {
    socket.write(FAILED);
    return;
  }
  const answered = () => {
    take();
    socket.write(TAKEN);
  };
  if (state.delayMs > 0) setTimeout(answered, state.delayMs);
  else answered();
}

const subscriber = createServer({ noDelay: true }, (socket) => {
  const reader = new RequestReader((request) => answer(socket, request));
  socket.on('data', (chunk) => reader.take(chunk as Buffer));
  // Whoever delivers may be killed at any time; what it has not read of an answer is its own loss.
  socket.on('error', () => {});
});

const control = createControl((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://sink');
  const number = (name: string, otherwise: number) => Number(searchParams.get(name) ?? otherwise);
  let body: unknown = {};
  if (pathname === '/begin') {
    const events = number('events', 0);
    state.begin(searchParams.get('run') ?? '', {
      events,
      targets: number('targets', 1),
      first: number('first', 0),
      perWindow: number('window', events) || 1,
    });
  } else if (pathname === '/behave') {
    state.behaviour = searchParams.get('as') as Behaviour;
    state.delayMs = number('delay', 0);
  } else body = pathname === '/report' ? state.report() : state.progress();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});

async function listen(server: Server | typeof control): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const urls = { url: await listen(subscriber), controlUrl: await listen(control) };
process.stdout.write(`${JSON.stringify(urls)}\n`);

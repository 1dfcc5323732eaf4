/**
 * A subscriber: a process of its own that takes, fails or never answers, and counts what it gets by number.
 *
 * S1. An event counts as received when its whole body has come, whatever is answered then.
 * S2. Latency counts from the time the event was due by the generator's schedule, and goes into the window of six
 *     seconds (or what it is told) in which it was due: by its number, since the schedule is even.
 * S3. Only events of the run that was begun last are counted.
 *
 * Control: POST /control/begin?run=ID&events=N&first=N&window=N forgets everything and begins; POST /control/behave?as=B;
 * GET /control/report.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Histogram } from '../support/histogram.ts';
import { Counts } from '../support/numbers.ts';
import { dueHeader, numberHeader, sharedMicroseconds } from './clock.ts';

/** `take` answers 204, `fail` 500; `hold` accepts connection and request and never answers. */
export type Behaviour = 'take' | 'fail' | 'hold';

export interface WindowReport {
  readonly count: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface SinkReport {
  /** Requests whose bodies have come, retries included. */
  readonly received: number;
  /** How many different events that makes. */
  readonly distinct: number;
  /** How many different events were answered with 204, and which: see `Counts`. */
  readonly taken: number;
  readonly takenNumbers: string;
  readonly windows: readonly WindowReport[];
}

class State {
  behaviour: Behaviour;
  #idPrefix = '';
  received = 0;
  seen = new Counts(0);
  taken = new Counts(0);
  #windows: Histogram[] = [];
  #first = 0;
  #perWindow = 1;

  constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
  }

  begin(run: string, events: number, first: number, perWindow: number): void {
    this.#idPrefix = `${run}-`;
    this.received = 0;
    this.seen = new Counts(events);
    this.taken = new Counts(events);
    this.#first = first;
    this.#perWindow = perWindow;
    this.#windows = Array.from({ length: Math.floor((events - first) / perWindow) }, () => new Histogram());
  }

  take(id: string, number: number, dueMicroseconds: number): void {
    if (!id.startsWith(this.#idPrefix)) return; // S3
    this.received++;
    this.seen.add(number);
    if (this.behaviour !== 'take') return;
    this.taken.add(number);
    // S2. Events before the first one that is measured warm up.
    if (number < this.#first) return;
    this.#windows[Math.floor((number - this.#first) / this.#perWindow)]?.add(sharedMicroseconds() - dueMicroseconds);
  }

  report(): SinkReport {
    return {
      received: this.received,
      distinct: this.seen.distinct(),
      taken: this.taken.distinct(),
      takenNumbers: this.taken.encode(),
      windows: this.#windows.map((window) => ({
        count: window.count,
        p50: window.quantile(0.5),
        p99: window.quantile(0.99),
        max: window.max,
      })),
    };
  }
}

const state = new State(JSON.parse(process.argv[2] ?? '{}').behaviour ?? 'take');

function control(path: string, query: URLSearchParams, response: ServerResponse): void {
  const number = (name: string) => Number(query.get(name) ?? 0);
  if (path === '/control/begin')
    state.begin(query.get('run') ?? '', number('events'), number('first'), number('window') || 1);
  else if (path === '/control/behave') state.behaviour = query.get('as') as Behaviour;
  const body = JSON.stringify(path === '/control/report' ? state.report() : {});
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  state.take(
    String(request.headers['ce-id']),
    Number(request.headers[numberHeader]),
    Number(request.headers[dueHeader]),
  );
  if (state.behaviour === 'take') response.writeHead(204).end();
  else if (state.behaviour === 'fail') response.writeHead(500, { 'content-length': 0 }).end();
}

const server = createServer((request, response) => {
  const path = request.url ?? '';
  if (path.startsWith('/control/')) {
    const url = new URL(path, 'http://sink');
    control(url.pathname, url.searchParams, response);
    return;
  }
  request.on('end', () => answer(request, response)).resume();
});
// A black hole holds its connections as long as the other side does.
server.requestTimeout = 0;
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
});

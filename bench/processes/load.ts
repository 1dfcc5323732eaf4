/**
 * The load generator: a process of its own, started with its options as JSON, that writes one line of results.
 *
 * G1. With a rate the loop is open: event n is due at start + n ÷ rate whatever became of those before it, and carries
 *     that time. A slow answer delays no other event, and none is left out; latency counts from the time it was due.
 * G2. Without a rate the loop is closed: each connection sends its next event when the last one was answered.
 * G3. An event that is refused for now (429, 503) is sent again under its number until it is taken: it is acknowledged
 *     or the run fails. Only with `giveUp`, for a process that is killed, it may end unanswered.
 * G4. It says what it used itself and how late it was, so that whoever reads the figures knows whose they are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Histogram } from '../support/histogram.ts';
import { Counts } from '../support/numbers.ts';
import { sharedMicroseconds } from './clock.ts';
import { Connection } from './connection.ts';
import { NumberedRequest } from './request.ts';

export interface LoadOptions {
  readonly url: string;
  /** First part of each event's id, so that no two runs share one. */
  readonly run: string;
  readonly events: number;
  readonly bodyBytes: number;
  readonly connections: number;
  /** Events a second; without it as fast as they are taken. */
  readonly rate?: number;
  readonly mode?: 'binary' | 'structured';
  /** Context attributes: see `RequestShape`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Where the other side goes away, the run ends with what was acknowledged. */
  readonly giveUp?: boolean;
}

export interface LoadReport {
  /** Which numbers were answered with 202: see `Counts`. */
  readonly acknowledged: string;
  /** Answers that refused an event for now. */
  readonly refused: number;
  readonly elapsedMs: number;
  /** When the first event was sent, in shared microseconds. */
  readonly startedAt: number;
  /** User and system time of the generator between the first event and the last answer, in µs. */
  readonly cpuMicroseconds: number;
  /** From the time an event was due to its 202, in µs. */
  readonly answerP50: number;
  readonly answerP99: number;
  /** From the time an event was due to the moment it was handed to a socket's queue, in µs: the generator's own delay. */
  readonly lateP99: number;
}

/** Requests that may wait for an answer: more means that the rate cannot be held at all. 10 s at 2,000 a second. */
const OUTSTANDING_MAX = 20_000;
const REFUSED_WAIT_MS = 20;
/** With the wait between them 40 s: the retry of a log that is full and has to be emptied first. */
const RESENDS_MAX = 2_000;

/** One connection with the request that it sends again and again. */
class Sender {
  readonly #connection: Connection;
  readonly #request: NumberedRequest;
  readonly #run: Run;

  constructor(run: Run) {
    const { hostname, port } = new URL(run.options.url);
    this.#run = run;
    this.#connection = new Connection({ host: hostname, port: Number(port), giveUp: run.options.giveUp === true });
    this.#request = new NumberedRequest({ mode: 'binary', attributes: {}, ...run.options });
  }

  send(number: number, dueMicroseconds: number, done: () => void, failed: (error: Error) => void, resends = 0): void {
    const request = this.#request.numbered(number, dueMicroseconds);
    const onStatus = (status: number) => {
      const { run, url } = this.#run.options;
      if (status === 202 || status === 204) {
        this.#run.acknowledged.add(number);
        this.#run.answers.add(sharedMicroseconds() - dueMicroseconds);
      } else if (status === 429 || status === 503) {
        this.#run.refused++;
        if (resends >= RESENDS_MAX) return failed(new Error(`event ${number} of ${run} was refused ${resends} times`));
        void sleep(REFUSED_WAIT_MS).then(() => this.send(number, dueMicroseconds, done, failed, resends + 1));
        return;
      } else if (status === 0) this.#run.over = true;
      else return failed(new Error(`${url} answered ${status}`));
      done();
    };
    this.#connection.send(request, onStatus, failed);
  }

  close(): void {
    this.#connection.close();
  }
}

/** What one run counts. */
class Run {
  readonly options: LoadOptions;
  readonly acknowledged: Counts;
  readonly answers = new Histogram();
  readonly late = new Histogram();
  refused = 0;
  /** The other side is gone (`giveUp`). */
  over = false;

  constructor(options: LoadOptions) {
    this.options = options;
    this.acknowledged = new Counts(options.events);
  }
}

async function main(options: LoadOptions): Promise<LoadReport> {
  const run = new Run(options);
  const senders = Array.from({ length: options.connections }, () => new Sender(run));
  const startedAt = sharedMicroseconds();
  const cpuBefore = process.cpuUsage();
  await (options.rate === undefined ? closedLoop(run, senders) : openLoop(run, senders, options.rate));
  const { user, system } = process.cpuUsage(cpuBefore);
  const elapsedMs = (sharedMicroseconds() - startedAt) / 1000;
  for (const sender of senders) sender.close();
  return {
    acknowledged: run.acknowledged.encode(),
    refused: run.refused,
    elapsedMs,
    startedAt,
    cpuMicroseconds: user + system,
    answerP50: orZero(run.answers.quantile(0.5)),
    answerP99: orZero(run.answers.quantile(0.99)),
    lateP99: options.rate === undefined ? 0 : run.late.quantile(0.99),
  };
}

/** G2. */
function closedLoop(run: Run, senders: readonly Sender[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const { events } = run.options;
    let next = 0;
    let busy = senders.length;
    for (const sender of senders) {
      const again = () => {
        if (next < events && !run.over) sender.send(next++, sharedMicroseconds(), again, reject);
        else if (--busy === 0) resolve();
      };
      again();
    }
  });
}

/** G1. */
function openLoop(run: Run, senders: readonly Sender[], rate: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const { events } = run.options;
    const startMicroseconds = sharedMicroseconds();
    // Connections are used in turn, so that none rests until the server closes it.
    const free: Sender[] = [...senders];
    const waiting: { readonly number: number; readonly dueMicroseconds: number }[] = [];
    let next = 0;
    const pump = () => {
      while (waiting.length > 0 && free.length > 0) {
        const sender = free.shift() as Sender;
        const { number, dueMicroseconds } = waiting.shift() as (typeof waiting)[number];
        const done = () => {
          free.push(sender);
          if (run.over) waiting.length = 0;
          if ((run.over || next === events) && waiting.length === 0 && free.length === senders.length) resolve();
          else pump();
        };
        sender.send(number, dueMicroseconds, done, reject);
      }
    };
    const tick = () => {
      const nowMicroseconds = sharedMicroseconds();
      for (; next < events && !run.over; next++) {
        const dueMicroseconds = Math.round(startMicroseconds + (next * 1_000_000) / rate);
        if (dueMicroseconds > nowMicroseconds) break;
        if (waiting.length >= OUTSTANDING_MAX) return reject(new Error(`${OUTSTANDING_MAX} events wait to be sent`));
        run.late.add(nowMicroseconds - dueMicroseconds);
        waiting.push({ number: next, dueMicroseconds });
      }
      pump();
      if (next < events && !run.over) setTimeout(tick, 1);
    };
    tick();
  });
}

/** JSON has no NaN: where nothing was answered there is no latency. */
function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

const report = await main(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write(`${JSON.stringify(report)}\n`);

/**
 * The load generator: a process of its own, started with its options as JSON, that writes one line of results.
 *
 * G1. With a rate the loop is open: event n is due at start + n ÷ rate whatever became of those before it, and carries
 *     that time. A slow answer delays no other event, and none is left out; latency counts from the time it was due.
 * G2. Without a rate the loop is closed: each connection sends its next event when the last one was answered.
 * G3. An event that is refused for now (429, 503) is sent again under its number until it is taken: it is acknowledged
 *     or the run fails.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { Histogram } from '../support/histogram.ts';
import { Counts } from '../support/numbers.ts';
import { dueHeader, numberHeader, sharedMicroseconds } from './clock.ts';

export interface LoadOptions {
  readonly url: string;
  /** First part of each event's id, so that no two runs share one. */
  readonly run: string;
  readonly events: number;
  readonly bodyBytes: number;
  readonly connections: number;
  /** Events a second; without it as fast as they are taken. */
  readonly rate?: number;
}

export interface LoadReport {
  /** Which numbers were answered with 202: see `Counts`. */
  readonly acknowledged: string;
  /** Answers that refused an event for now. */
  readonly refused: number;
  readonly elapsedMs: number;
  /** From the time an event was due to its 202, in µs. */
  readonly answerP99: number;
  /** From the time an event was due to the moment it was handed to a socket's queue, in µs: the generator's own delay. */
  readonly lateP99: number;
}

/** Requests that may wait for an answer: more means that the rate cannot be held at all. 10 s at 2,000 a second. */
const OUTSTANDING_MAX = 20_000;
const REFUSED_WAIT_MS = 20;
const RESENDS_MAX = 500;

async function main(options: LoadOptions): Promise<LoadReport> {
  const target = new URL(options.url);
  const pool = new Pool(target.origin, { connections: options.connections, pipelining: 1, headersTimeout: 60_000 });
  const acknowledged = new Counts(options.events);
  const answers = new Histogram();
  const late = new Histogram();
  const body = Buffer.from(`{"fill":"${'x'.repeat(Math.max(0, options.bodyBytes - 11))}"}`);
  let refused = 0;
  const one = async (number: number, dueMicroseconds: number): Promise<void> => {
    for (let attempt = 0; attempt <= RESENDS_MAX; attempt++) {
      const status = await post(pool, target.pathname, headersOf(options.run, number, dueMicroseconds), body);
      if (status === 202) {
        acknowledged.add(number);
        answers.add(sharedMicroseconds() - dueMicroseconds);
        return;
      }
      if (status !== 429 && status !== 503) throw new Error(`${options.url} answered ${status}`);
      refused++;
      await sleep(REFUSED_WAIT_MS);
    }
    throw new Error(`event ${number} was refused ${RESENDS_MAX + 1} times`);
  };
  const startMs = performance.now();
  await (options.rate === undefined ? closedLoop(options, one) : openLoop(options.events, options.rate, one, late));
  const elapsedMs = performance.now() - startMs;
  await pool.close();
  return {
    acknowledged: acknowledged.encode(),
    refused,
    elapsedMs,
    answerP99: answers.quantile(0.99),
    lateP99: options.rate === undefined ? 0 : late.quantile(0.99),
  };
}

type SendOne = (number: number, dueMicroseconds: number) => Promise<void>;

async function closedLoop({ events, connections }: LoadOptions, one: SendOne): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < events) await one(next++, sharedMicroseconds());
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

/** G1. */
function openLoop(events: number, rate: number, one: SendOne, late: Histogram): Promise<void> {
  return new Promise((resolve, reject) => {
    const startMicroseconds = sharedMicroseconds();
    let next = 0;
    let outstanding = 0;
    const done = () => {
      outstanding--;
      if (next === events && outstanding === 0) resolve();
    };
    const tick = () => {
      const nowMicroseconds = sharedMicroseconds();
      for (; next < events; next++) {
        const dueMicroseconds = Math.round(startMicroseconds + (next * 1_000_000) / rate);
        if (dueMicroseconds > nowMicroseconds) break;
        if (++outstanding > OUTSTANDING_MAX) return reject(new Error(`${OUTSTANDING_MAX} events wait for an answer`));
        late.add(nowMicroseconds - dueMicroseconds);
        one(next, dueMicroseconds).then(done, reject);
      }
      if (next < events) setTimeout(tick, 1);
    };
    tick();
  });
}

function headersOf(run: string, number: number, dueMicroseconds: number): string[] {
  return [
    ...['ce-specversion', '1.0', 'ce-id', `${run}-${number}`, 'ce-type', 'com.example.bench', 'ce-source', '/bench'],
    ...['content-type', 'application/json', numberHeader, String(number), dueHeader, String(dueMicroseconds)],
  ];
}

function post(pool: Pool, path: string, headers: string[], body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData() {},
      onResponseEnd: () => resolve(status),
      onResponseError: (_controller, error) => reject(error),
    };
    pool.dispatch({ path, method: 'POST', headers, body }, handler);
  });
}

const report = await main(JSON.parse(process.argv[2] ?? '{}'));
process.stdout.write(`${JSON.stringify(report)}\n`);

/**
 * Posts events to a broker with a bound on what is under way and, if asked for, at a rate.
 * A broker under back-pressure (429, 503) is asked again after its Retry-After, `busyRetriesMax` times an event.
 */
import { batch, type CloudEvent, encodeHttp } from '@millrace/api';
import type { Clock } from '@millrace/runtime';
import { Pool } from 'undici';
import { messageOf } from '../client/api.ts';

export type SendMode = 'binary' | 'structured' | 'batch';

export interface SendPlan {
  readonly url: string;
  readonly mode: SendMode;
  readonly count: number;
  /** Events per second; absent: as fast as they are taken. */
  readonly ratePerSecond?: number;
  readonly concurrency: number;
  /** Events in one request of batch mode. */
  readonly batchSize: number;
  make(index: number): CloudEvent;
}

export interface SendResult {
  readonly accepted: number;
  /** Refused events by status code, or by the word of the failure. */
  readonly rejected: Readonly<Record<string, number>>;
  /** The first refusal in words. */
  readonly firstRefusal?: string;
  /** No connection could be made at all. */
  readonly unreachable: boolean;
  readonly elapsedMs: number;
}

/** A broker that is full for longer than these tries is reported, not waited for. */
const busyRetriesMax = 5;
/** Without a Retry-After, and for one that is longer than a person wants to wait. */
const busyWaitMsMax = 5_000;
const requestMsMax = 60_000;

type Answer = { readonly statusCode: number; readonly text: string } | { readonly error: string };

export async function sendEvents(
  plan: SendPlan,
  clock: Clock,
  onProgress: (done: number) => void,
): Promise<SendResult> {
  const url = new URL(plan.url);
  const pool = new Pool(url.origin, {
    connections: plan.concurrency,
    pipelining: 1,
    headersTimeout: requestMsMax,
    bodyTimeout: requestMsMax,
  });
  const startMs = clock.monotonic();
  const rejected: Record<string, number> = {};
  let accepted = 0;
  let next = 0;
  let firstRefusal: string | undefined;
  let connected = false;
  const perRequest = plan.mode === 'batch' ? plan.batchSize : 1;
  const worker = async (): Promise<void> => {
    while (next < plan.count) {
      const from = next;
      const size = Math.min(perRequest, plan.count - from);
      next += size;
      if (plan.ratePerSecond) await until(clock, startMs + (from / plan.ratePerSecond) * 1000);
      const events = Array.from({ length: size }, (_, offset) => plan.make(from + offset));
      const answer = await post(pool, url, plan.mode, events, clock);
      if (!('error' in answer)) connected = true;
      if ('statusCode' in answer && answer.statusCode >= 200 && answer.statusCode < 300) accepted += size;
      else {
        const reason = 'error' in answer ? answer.error : String(answer.statusCode);
        rejected[reason] = (rejected[reason] ?? 0) + size;
        firstRefusal ??= 'error' in answer ? answer.error : messageOf(answer.text, answer.statusCode);
      }
      onProgress(accepted + Object.values(rejected).reduce((sum, count) => sum + count, 0));
    }
  };
  await Promise.all(Array.from({ length: Math.min(plan.concurrency, Math.ceil(plan.count / perRequest)) }, worker));
  await pool.close();
  const elapsedMs = clock.monotonic() - startMs;
  return {
    accepted,
    rejected,
    ...(firstRefusal === undefined ? {} : { firstRefusal }),
    unreachable: !connected,
    elapsedMs,
  };
}

async function post(
  pool: Pool,
  url: URL,
  mode: SendMode,
  events: readonly CloudEvent[],
  clock: Clock,
): Promise<Answer> {
  const headers: string[] = [];
  const [event] = events;
  const body =
    mode === 'batch' || !event
      ? batch.encode(events, headers)
      : encodeHttp(event, mode === 'binary' ? 'binary' : 'json', headers);
  for (let attempt = 0; ; attempt++) {
    const answer = await request(pool, url, headers, body);
    const busy = 'statusCode' in answer && (answer.statusCode === 429 || answer.statusCode === 503);
    if (!busy || attempt >= busyRetriesMax) return answer;
    const waitMs = Math.min((answer.retryAfterS ?? 1) * 1000, busyWaitMsMax);
    await until(clock, clock.monotonic() + waitMs);
  }
}

async function request(
  pool: Pool,
  url: URL,
  headers: string[],
  body: Uint8Array,
): Promise<Answer & { readonly retryAfterS?: number }> {
  try {
    const answer = await pool.request({ path: url.pathname + url.search, method: 'POST', headers, body });
    const text = await answer.body.text();
    const retryAfterS = Number(answer.headers['retry-after']);
    return { statusCode: answer.statusCode, text, ...(retryAfterS > 0 ? { retryAfterS } : {}) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { error: code ?? message };
  }
}

function until(clock: Clock, atMs: number): Promise<void> {
  const delayMs = atMs - clock.monotonic();
  if (delayMs <= 0) return Promise.resolve();
  return new Promise((resolve) => clock.setTimer(delayMs, resolve, { ref: true }));
}

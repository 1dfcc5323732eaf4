/** Posts the payloads at the source as GitHub would: signed, several at once, patient with a source that is busy. */

import type { Clock } from '@millrace/runtime';
import { sign } from '@millrace/sources';
import type { WebhookPayload } from './payloads.ts';

/** Requests under way at once: enough to keep a source busy, few enough to see back-pressure answered politely. */
const concurrency = 16;

/** How often one payload is tried again after 429 or 503: with the longest wait, well over a minute. */
const triesMax = 15;

/** The longest a Retry-After is waited for. */
const waitMsMax = 5_000;

/** A source answers within ten seconds, as GitHub demands; this is for one that does not. */
const answerMsMax = 30_000;

export interface PostOptions {
  readonly clock: Clock;
  /** Address of the GitHubSource. */
  readonly url: string;
  readonly secret: string;
  readonly payloads: readonly WebhookPayload[];
  /** Told after each payload that was answered for good. */
  readonly onProgress: (done: number, total: number) => void;
  /** Nothing more is posted once it is aborted. */
  readonly ending?: AbortSignal;
}

export interface PostResult {
  /** Ids that were answered 202. */
  readonly accepted: ReadonlySet<string>;
  /** What the others were answered, a line each. */
  readonly refused: readonly string[];
}

/** Posts all of them. Never rejects: what was not accepted is in the result. */
export async function postAll(options: PostOptions): Promise<PostResult> {
  const accepted = new Set<string>();
  const refused: string[] = [];
  const { payloads, onProgress } = options;
  const queue = payloads.values();
  let done = 0;
  const worker = async (): Promise<void> => {
    for (const payload of queue) {
      if (options.ending?.aborted) return;
      const problem = await postOne(payload, options);
      if (problem === undefined) accepted.add(payload.id);
      else refused.push(`${payload.id} (${payload.kind}): ${problem}`);
      onProgress(++done, payloads.length);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { accepted, refused };
}

/** Why it was not accepted; undefined when it was. */
async function postOne(payload: WebhookPayload, options: PostOptions): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const answer = await request(payload, options);
    if (answer.statusCode === 202) return undefined;
    const busy = answer.statusCode === 429 || answer.statusCode === 503;
    if (!busy || tries > triesMax) return `${answer.statusCode ?? 'no answer'} ${answer.text}`.trim();
    const waitMs = Math.min(Math.max(answer.retryAfterMs ?? 0, 50), waitMsMax);
    await new Promise<void>((resolve) => options.clock.setTimer(waitMs, resolve, { ref: true }));
  }
}

interface Answer {
  readonly statusCode?: number;
  readonly retryAfterMs?: number;
  readonly text: string;
}

async function request({ kind, id, body }: WebhookPayload, { clock, url, secret }: PostOptions): Promise<Answer> {
  const timeout = new AbortController();
  const timer = clock.setTimer(answerMsMax, () => timeout.abort(), { ref: true });
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'GitHub-Hookshot/demonstration',
        'x-github-event': kind,
        'x-github-delivery': id,
        'x-hub-signature-256': sign(secret, body),
      },
      body: new Uint8Array(body),
      signal: timeout.signal,
      redirect: 'manual',
    });
    const text = (await response.text()).slice(0, 200);
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return { statusCode: response.status, text, ...(seconds >= 0 && { retryAfterMs: seconds * 1_000 }) };
  } catch (error) {
    if (timeout.signal.aborted) return { text: `in ${answerMsMax / 1_000} s` };
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { text: cause instanceof Error ? cause.message : String(cause) };
  } finally {
    timer.cancel();
  }
}

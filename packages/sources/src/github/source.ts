/**
 * A GitHubSource: receives webhook requests and answers when the sink has the event.
 *
 * G1. 202 is answered only after the sink took the event: with a Broker as the sink, after it is durable.
 * G2. Nothing of a body is read as JSON before its signature is found right.
 * G3. A failing sink is not the sender's fault: 502, or 503 with Retry-After when trying again soon is worth it. (The
 *     reference answers 400, which tells GitHub that the request itself is wrong.)
 */
import type { GitHubSourceRoute, HeaderRecord } from '@millrace/api';
import { type EmitOutcome, Outbox } from '../emit/index.ts';
import type { RunningSource, SourcePorts, SourceView } from '../source.ts';
import { type Delivery, toEvent } from './event.ts';
import { eventKinds } from './kinds.ts';
import { readPayload } from './payload.ts';
import { signatureHeader, signatureProblem } from './signature.ts';

export interface WebhookRequest {
  readonly method: string;
  /** Path of the request, without a query. */
  readonly path: string;
  /** Names in lower case, as `IncomingMessage.headers` has them. */
  readonly headers: HeaderRecord;
  readonly body: Uint8Array;
}

export interface WebhookAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RunningGitHubSource extends RunningSource<GitHubSourceRoute> {
  receive(request: WebhookRequest): Promise<WebhookAnswer>;
}

/** GitHub waits ten seconds for an answer. One second is left for the way back. */
const deadlineMs = 9_000;

/** Characters of a delivery's id: GitHub's are 36; ours become an attribute and part of log lines. */
const idCharsMax = 256;

const retryAfterSeconds = '5';

/** Path on the data port. In a cluster the receiver has a host of its own, and the path is `/<namespace>/<name>`. */
export function pathOf(namespace: string, name: string): string {
  return `/github/${namespace}/${name}`;
}

/** Starts the receiver of one GitHubSource. It is at work at once: requests come through `receive`. */
export function start(route: GitHubSourceRoute, ports: SourcePorts): RunningGitHubSource {
  return new GitHubReceiver(route, ports);
}

class GitHubReceiver implements RunningGitHubSource {
  readonly #outbox: Outbox;
  #route: GitHubSourceRoute;
  #stopped = false;

  constructor(route: GitHubSourceRoute, ports: SourcePorts) {
    this.#route = route;
    this.#outbox = new Outbox(route, ports);
  }

  update(route: GitHubSourceRoute): void {
    this.#route = route;
    this.#outbox.update(route);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#outbox.settled();
  }

  view(): SourceView {
    const { namespace, name } = this.#route;
    const reason = this.#missing();
    const state = this.#stopped ? 'stopped' : reason === undefined ? 'running' : 'failed';
    const path = pathOf(namespace, name);
    return { ...this.#outbox.view(), state, path, ...(reason !== undefined && { reason }) };
  }

  async receive(request: WebhookRequest): Promise<WebhookAnswer> {
    if (request.method !== 'POST') {
      return failure(405, `method: expected POST, got ${request.method}`, { allow: 'POST' });
    }
    const missing = this.#stopped ? 'the source is stopping' : this.#missing();
    if (missing !== undefined) return failure(503, missing, { 'retry-after': retryAfterSeconds });
    const read = this.#read(request);
    if (read.kind === 'refused') return read.answer;
    const made = toEvent(this.#route, read.delivery);
    if (made.kind === 'invalid') return failure(400, made.message);
    return answerTo(await this.#outbox.send(made.event, deadlineMs)); // G1
  }

  /** What the source lacks to work at all. */
  #missing(): string | undefined {
    const { secretToken, sinkUri } = this.#route;
    if (secretToken === undefined || secretToken === '')
      return 'the secret of this source (spec.secretToken) is not there yet';
    return sinkUri === undefined ? 'the sink of this source is not resolved yet' : undefined;
  }

  #read({ headers, body }: WebhookRequest): Read {
    const problem = signatureProblem(this.#route.secretToken ?? '', body, single(headers, signatureHeader)); // G2
    if (problem !== undefined) return refused(400, problem);
    const kind = single(headers, 'x-github-event');
    if (kind === undefined || kind === '') return refused(400, 'header X-GitHub-Event: expected the name of an event');
    const id = single(headers, 'x-github-delivery');
    if (id === undefined || id === '' || id.length > idCharsMax) {
      return refused(400, `header X-GitHub-Delivery: expected an id of 1 to ${idCharsMax} characters`);
    }
    if (!eventKinds.has(kind)) return refused(404, `event ${JSON.stringify(kind.slice(0, 64))} is not known`);
    const read = readPayload(single(headers, 'content-type'), body);
    if (read.kind === 'bad') return refused(400, read.reason);
    return { kind: 'delivery', delivery: { kind, id, payload: read.payload } };
  }
}

type Read =
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  | { readonly kind: 'refused'; readonly answer: WebhookAnswer };

function refused(statusCode: number, reason: string): Read {
  return { kind: 'refused', answer: failure(statusCode, reason) };
}

/** A header that must not be repeated. */
function single(headers: HeaderRecord, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined || typeof value === 'string') return value;
  return value.length === 1 ? value[0] : undefined;
}

function answerTo(outcome: EmitOutcome): WebhookAnswer {
  switch (outcome.kind) {
    case 'sent':
      return { statusCode: 202, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'accepted' };
    case 'refused': {
      const busy = outcome.statusCode === 429 || outcome.statusCode === 503;
      if (!busy) return failure(502, outcome.reason);
      return failure(503, outcome.reason, { 'retry-after': outcome.retryAfter ?? retryAfterSeconds });
    }
    case 'no-answer':
      return failure(502, `the sink did not answer: ${outcome.reason}`);
    case 'overflow':
    case 'no-sink':
    case 'stopped':
      return failure(503, outcome.reason, { 'retry-after': retryAfterSeconds });
  }
}

function failure(statusCode: number, error: string, headers: Readonly<Record<string, string>> = {}): WebhookAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ error }),
  };
}

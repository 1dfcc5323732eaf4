/** One attempt: an event in binary mode to a sink, over pooled HTTP/1.1 connections. */
import { getCACertificates } from 'node:tls';
import { binary, type CloudEvent, type Target } from '@millrace/api';
import { Agent, request } from 'undici';
import { answerBytesMax, connectionsMax, reasonBytesMax, trustPoolsMax } from './limits.ts';

export type PostResult =
  | { readonly kind: 'answer'; readonly statusCode: number; readonly retryAfter?: string; readonly body: string }
  | { readonly kind: 'no-answer'; readonly reason: string };

/** Connection pools: one per set of trusted certificates, with one set of connections per origin inside. */
export class Pools {
  readonly #byCertificates = new Map<string, Agent>();

  agentFor(caCerts: string): Agent {
    const known = this.#byCertificates.get(caCerts);
    if (known) return known;
    if (this.#byCertificates.size >= trustPoolsMax) this.#dropOldest();
    const ca = caCerts === '' ? undefined : [...getCACertificates('default'), caCerts];
    const agent = new Agent({
      connections: connectionsMax,
      pipelining: 1,
      allowH2: false,
      // The attempt's own signal ends it: a second timer would only report the same differently.
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(ca && { connect: { ca } }),
    });
    this.#byCertificates.set(caCerts, agent);
    return agent;
  }

  async close(): Promise<void> {
    const agents = [...this.#byCertificates.values()];
    this.#byCertificates.clear();
    await Promise.allSettled(agents.map((agent) => agent.destroy()));
  }

  #dropOldest(): void {
    for (const [certificates, agent] of this.#byCertificates) {
      this.#byCertificates.delete(certificates);
      void agent.close().catch(() => {});
      return;
    }
  }
}

export interface Post {
  readonly sink: Target;
  readonly namespace: string;
  readonly event: CloudEvent;
  readonly signal: AbortSignal;
  /** Called when the connection is no longer used for this attempt: the attempt's timer may go. */
  readonly released: () => void;
}

export async function post(pools: Pools, { sink, namespace, event, signal, released }: Post): Promise<PostResult> {
  const headers: string[] = [];
  const body = binary.encode(event, headers);
  headers.push('kn-namespace', namespace);
  try {
    const dispatcher = pools.agentFor(sink.caCerts ?? '');
    const answer = await request(sink.url, { method: 'POST', headers, body, dispatcher, signal });
    const { statusCode } = answer;
    const after = answer.headers['retry-after'];
    if (statusCode < 300) {
      // The status decides; the rest of the answer is read only so that the connection can be used again.
      void answer.body
        .dump({ limit: answerBytesMax, signal })
        .catch(() => {})
        .finally(released);
      return { kind: 'answer', statusCode, body: '' };
    }
    const text = await readStart(answer.body);
    released();
    return { kind: 'answer', statusCode, body: text, ...(typeof after === 'string' && { retryAfter: after }) };
  } catch (error) {
    released();
    return { kind: 'no-answer', reason: signal.aborted ? String(signal.reason) : reasonOf(error) };
  }
}

/** The first characters of an answer, on one line. What cannot be read is left out: the status says enough. */
async function readStart(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= reasonBytesMax) break;
    }
  } catch {}
  const text = Buffer.concat(chunks).subarray(0, reasonBytesMax).toString('utf8');
  return text.replace(/\s+/g, ' ').trim();
}

/** A connection's error in words. An error of several addresses (IPv6 and IPv4) names the last one. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors.at(-1));
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return String(error);
}

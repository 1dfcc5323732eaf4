/**
 * What client commands ask of a running server: Kubernetes-style resource paths, and Millrace's own under `/millrace/v1`.
 * Every failure becomes a CliError with the exit code of its kind.
 */
import { absent, type CliError, failed, unreachable } from '../exit.ts';
import type { Located } from './locate.ts';

/** A request that gets no answer in this time is unreachable: the API answers from memory. */
const answerMsMax = 30_000;

export interface ServerInfo {
  readonly version: string;
  readonly pid: number;
  readonly dataUrl: string;
  readonly apiUrl: string;
  readonly dataDir: string;
  readonly log: string;
  readonly ready: boolean;
  readonly waitingFor: readonly string[];
}

export class ApiClient {
  readonly #at: Located;

  constructor(at: Located) {
    this.#at = at;
  }

  get url(): string {
    return this.#at.apiUrl;
  }

  info(): Promise<ServerInfo> {
    return this.getJson<ServerInfo>('/millrace/v1/info');
  }

  async getJson<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
    const response = await this.#fetch(path, {
      headers: { accept: 'application/json', ...headers },
      signal: AbortSignal.timeout(answerMsMax),
    });
    if (!response.ok) throw await this.#refused(response);
    return (await response.json()) as T;
  }

  /** Lines of an answer that goes on until the caller stops or the server ends. */
  async *lines(path: string, signal?: AbortSignal, headers: Record<string, string> = {}): AsyncGenerator<string> {
    const response = await this.#fetch(path, { headers, ...(signal ? { signal } : {}) });
    if (!response.ok) throw await this.#refused(response);
    if (!response.body) return;
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of response.body) {
        rest += decoder.decode(chunk as Uint8Array, { stream: true });
        const parts = rest.split('\n');
        rest = parts.pop() ?? '';
        for (const line of parts) if (line !== '') yield line;
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw unreachable(`the server at ${this.#at.apiUrl} ended the stream: ${causeOf(error)}`);
    }
    if (rest !== '') yield rest;
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#at.apiUrl + path, init);
    } catch (error) {
      throw unreachable(
        `no answer from ${this.#at.apiUrl} (named by ${this.#at.by}): ${causeOf(error)}`,
        'Start it with `millrace dev`, or name another with --server, --api-port or --data-dir.',
      );
    }
  }

  async #refused(response: Response): Promise<CliError> {
    const message = messageOf(await response.text(), response.status);
    return response.status === 404 ? absent(message) : failed(message);
  }
}

/** The words of a refusal: Kubernetes' Status has `message`, ours has `error`. */
export function messageOf(body: string, status: number): string {
  try {
    const parsed = JSON.parse(body) as { message?: unknown; error?: unknown };
    const text = parsed.message ?? parsed.error;
    if (typeof text === 'string' && text !== '') return text;
  } catch {
    // Not JSON: some proxy in between answered; its status says what there is to say.
  }
  return `the server answered ${status}`;
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: string; message?: string } | undefined;
  if (error.name === 'TimeoutError') return `nothing came within ${answerMsMax / 1000} s`;
  return cause?.code ?? cause?.message ?? error.message;
}

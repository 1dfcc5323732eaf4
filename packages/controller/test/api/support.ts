/** A resource API over real HTTP: a local store in memory, a virtual clock, a seeded random source. */
import type { Resource } from '@millrace/api';
import { createApiServer, createOriginGuard, type Logger, silentLogger } from '@millrace/runtime';
import { SeededRandom, VirtualClock, waitFor } from '@millrace/testkit';
import { type ResourceApiLimits, registerResourceApi } from '../../src/api/index.ts';
import { LocalStore, memoryPersistence, type Persistence } from '../../src/store/index.ts';

export interface RunningApi {
  readonly url: string;
  readonly port: number;
  readonly clock: VirtualClock;
  readonly store: LocalStore;
  /** What was logged as an error of the server. */
  readonly errors: readonly unknown[];
  connections(): Promise<number>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly persistence?: Persistence;
  readonly historyChanges?: number;
  readonly limits?: Partial<ResourceApiLimits>;
  readonly bodyBytes?: number;
}

export async function startApi(options: RunOptions = {}): Promise<RunningApi> {
  const clock = new VirtualClock();
  const errors: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (message, fields) => errors.push({ message, fields }) };
  const { historyChanges, persistence = memoryPersistence() } = options;
  const store = new LocalStore({
    persistence,
    clock,
    random: new SeededRandom(1),
    logger,
    ...(historyChanges === undefined ? {} : { historyChanges }),
  });
  const server = createApiServer({
    clock,
    guard: createOriginGuard(),
    logger,
    limits: options.bodyBytes === undefined ? {} : { bodyBytes: options.bodyBytes },
  });
  registerResourceApi(server.app, {
    store,
    clock,
    logger,
    version: '1.2.3',
    ...(options.limits && { limits: options.limits }),
  });
  const outcome = await server.listen('127.0.0.1', 0);
  if (outcome.kind !== 'listening') throw new Error(outcome.reason);
  return {
    url: `http://127.0.0.1:${outcome.port}`,
    port: outcome.port,
    clock,
    store,
    errors,
    connections: () => new Promise((resolve) => server.app.server.getConnections((_, count) => resolve(count))),
    async close() {
      await server.close(1_000);
      await store.close();
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted on field by field.
export type Answer = { status: number; headers: Headers; text: string; body: any };

export async function call(
  api: RunningApi,
  method: string,
  path: string,
  options: { body?: unknown; type?: string; accept?: string } = {},
): Promise<Answer> {
  const { body, type = 'application/json', accept } = options;
  const response = await fetch(api.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': type }), ...(accept && { accept }) },
    ...(body === undefined
      ? {}
      : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

// biome-ignore lint/suspicious/noExplicitAny: events are asserted on field by field.
type Line = { type: string; object: any };

export interface OpenWatch {
  readonly status: number;
  readonly lines: readonly Line[];
  /** True when the server ended the stream. */
  isEnded(): boolean;
  /** The first so many events. */
  take(count: number): Promise<readonly Line[]>;
  ended(): Promise<void>;
  stop(): void;
}

export async function openWatch(api: RunningApi, path: string, accept = 'application/json'): Promise<OpenWatch> {
  const aborter = new AbortController();
  const response = await fetch(api.url + path, { headers: { accept }, signal: aborter.signal });
  const lines: Line[] = [];
  let isEnded = false;
  const read = async () => {
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      for (const part of parts) lines.push(JSON.parse(part) as Line);
    }
    isEnded = true;
  };
  read().catch(() => {});
  return {
    status: response.status,
    lines,
    isEnded: () => isEnded,
    take: async (count) => {
      await waitFor(`${count} events of ${path}, got ${lines.length}`, () => lines.length >= count);
      return lines.slice(0, count);
    },
    ended: async () => void (await waitFor(`the end of ${path}`, () => isEnded)),
    stop: () => aborter.abort(),
  };
}

export const eventing = '/apis/eventing.knative.dev/v1';
export const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export function broker(name: string, more: Partial<Resource['metadata']> = {}): Resource {
  return { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: { name, namespace: 'shop', ...more } };
}

export function configMap(name: string, data: Readonly<Record<string, string>>, namespace = 'shop'): Resource {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

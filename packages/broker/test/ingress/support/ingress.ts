/** A real ingress on a real port, over memory logs or logs that answer what a test wants. */
import type { CloudEvent, LogRoute } from '@millrace/api';
import { createIngress, type IngressLimits, type IngressOptions } from '@millrace/broker';
import type { AppendOutcome, EventLog, NewRecord } from '@millrace/channel';
import {
  createHttpServer,
  type HttpServerLimits,
  type Labels,
  type Metrics,
  noMetrics,
  systemClock,
} from '@millrace/runtime';
import { request } from 'undici';
import { onTestFinished } from 'vitest';

/** A log that keeps what it is given, or answers what it is told to; only `append` is used by ingress. */
export class FakeLog {
  readonly records: NewRecord[] = [];
  readonly calls: (readonly NewRecord[])[] = [];
  outcome: AppendOutcome | Promise<AppendOutcome> | undefined;

  append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    this.calls.push(records);
    if (this.outcome !== undefined) return Promise.resolve(this.outcome);
    this.records.push(...records);
    return Promise.resolve({ kind: 'appended', positions: records.map((_, offset) => ({ partition: 0, offset })) });
  }

  get events(): CloudEvent[] {
    return this.records.map(({ event }) => event);
  }
}

export function route(name: string, more: Partial<LogRoute> = {}): LogRoute {
  return {
    uid: `uid-${name}`,
    kind: 'Broker',
    namespace: 'default',
    name,
    path: `/default/${name}`,
    hosts: [],
    retention: { ageMs: 60_000, bytes: 1_000_000 },
    subscriptions: [],
    ...more,
  };
}

/** Counters by name and labels. */
class CountingMetrics implements Metrics {
  readonly counts = new Map<string, number>();
  readonly counter = (name: string, _: unknown, labels: Labels = {}) => {
    const key = [name, ...Object.values(labels)].join(' ');
    if (!this.counts.has(key)) this.counts.set(key, 0);
    return { add: (count: number) => void this.counts.set(key, (this.counts.get(key) ?? 0) + count) };
  };
  readonly histogram = noMetrics.histogram;
  readonly observe = noMetrics.observe;
  readonly observeHistograms = noMetrics.observeHistograms;
  readonly forget = (labels: Labels) => {
    for (const key of this.counts.keys()) if (key.endsWith(Object.values(labels).join(' '))) this.counts.delete(key);
  };
  /** Counters above 0. */
  get nonZero(): Record<string, number> {
    return Object.fromEntries([...this.counts].filter(([, count]) => count > 0));
  }
}

export interface StartOptions {
  readonly limits?: Partial<IngressLimits>;
  readonly server?: Partial<HttpServerLimits>;
  readonly routes?: readonly LogRoute[];
  readonly whenSettled?: IngressOptions['whenSettled'];
  readonly logs?: (uid: string) => EventLog | undefined;
}

export async function startIngress(options: StartOptions = {}) {
  const log = new FakeLog();
  const metrics = new CountingMetrics();
  const ingress = createIngress({
    clock: systemClock,
    metrics,
    whenSettled: options.whenSettled ?? (async () => 'delivered'),
    logs: options.logs ?? ((uid) => (uid === 'uid-closed' ? undefined : (log as unknown as EventLog))),
    hosts: ['millrace.test'],
    ...(options.limits && { limits: options.limits }),
  });
  ingress.apply({ logs: options.routes ?? [route('b')] });
  const server = createHttpServer({
    clock: systemClock,
    handler: ingress,
    headers: ingress.headers,
    onRefused: ingress.onRefused,
    limits: { lingerMs: 200, ...options.server },
  });
  const listening = await server.listen('127.0.0.1', 0);
  if (listening.kind !== 'listening') throw new Error(JSON.stringify(listening));
  onTestFinished(async () => void (await server.close(0)));
  return { ingress, log, metrics, port: listening.port, server };
}

const BINARY = {
  'ce-specversion': '1.0',
  'ce-id': 'e-1',
  'ce-source': '/test',
  'ce-type': 'test.event',
  'content-type': 'application/json',
};

export interface Sent {
  readonly method?: 'POST' | 'GET' | 'PUT' | 'DELETE' | 'OPTIONS' | 'HEAD' | 'PATCH';
  readonly path?: string;
  readonly headers?: Record<string, string | undefined>;
  readonly body?: string | Buffer;
}

/** Sends a good binary event, but for what is said. */
export async function send(
  port: number,
  { method = 'POST', path = '/default/b', headers = {}, body = '{"a": 1.0}' }: Sent = {},
) {
  const all = Object.fromEntries(Object.entries({ ...BINARY, ...headers }).filter(([, value]) => value !== undefined));
  const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
  const answer = await request(`http://127.0.0.1:${port}${path}`, { method, headers: all, ...(hasBody && { body }) });
  return { status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
}

/** The ports as others meet them: health, metrics, and guards against pages of other sites. */
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { broker, documents, Manifests, trigger, uri } from '../support/manifests.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { until } from './support/waiting.ts';

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
const sink = new Sink();
let server: Server;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** `fetch` sets Host and Origin by itself; this says what it is told. */
function ask(url: string, options: { method?: string; headers?: Record<string, string> }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: options.method ?? 'GET', headers: options.headers ?? {} }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    sent.once('error', reject);
    sent.end();
  });
}

const eventHeaders = { 'ce-id': 'g', 'ce-type': 'guarded', 'ce-source': '/s', 'ce-specversion': '1.0' };
const send = (type: string, id: string) =>
  fetch(`${server.dataUrl}/default/default`, {
    method: 'POST',
    headers: { ...eventHeaders, 'ce-type': type, 'ce-id': id },
  });

beforeAll(async () => {
  const sinkUrl = await sink.start();
  sink.answer = ({ path, id }, response) => {
    const isFirst = sink.count(path, id) === 1;
    if (path === '/takes' || (path === '/second' && !isFirst)) response.writeHead(204).end();
    else if (path === '/dead') response.writeHead(202).end();
    else response.writeHead(500).end('no');
  };
  const filters = '[{ exact: { type: counted } }]';
  const delivery = '{ retry: 1, backoffPolicy: linear, backoffDelay: PT0.01S }';
  manifests.write(
    'm.yaml',
    documents(
      broker(),
      trigger('takes', { filters, subscriber: uri(`${sinkUrl}/takes`) }),
      trigger('second', { filters, delivery, subscriber: uri(`${sinkUrl}/second`) }),
      trigger('to-sink', {
        filters,
        delivery: delivery.replace(' }', `, deadLetterSink: { uri: "${sinkUrl}/dead" } }`),
        subscriber: uri(`${sinkUrl}/never`),
      }),
      trigger('to-store', { filters, delivery, subscriber: uri(`${sinkUrl}/never`) }),
      trigger('other', { filters: '[{ exact: { type: nobody } }]', subscriber: uri(`${sinkUrl}/takes`) }),
    ),
  );
  server = await startServer(['-f', 'm', '--quiet'], join(folder.path, 'data'), { cwd: folder.path });
});

afterAll(async () => {
  server?.kill('SIGKILL');
  await server?.exited;
  await sink.stop();
  folder.remove();
});

describe('guards: a page of another site reaches neither port', () => {
  const foreign: readonly (readonly [string, Record<string, string>])[] = [
    ['a foreign Host (DNS rebinding)', { host: 'evil.example' }],
    ['a foreign Host with the right port', { host: 'evil.example:8001' }],
    ['a foreign Origin', { origin: 'https://evil.example' }],
    ['the Origin null', { origin: 'null' }],
  ];

  test.each(foreign)('API port: %s is refused', async (_what, headers) => {
    for (const path of ['/millrace/v1/info', '/apis/eventing.knative.dev/v1/triggers', '/api/v1/secrets', '/metrics']) {
      const answer = await ask(server.apiUrl + path, { headers });
      expect([403, 421], `${path}: ${answer.status} ${answer.body}`).toContain(answer.status);
      expect(answer.body).not.toContain('items');
    }
  });

  test.each(foreign)('data port: %s is refused, and no event is taken', async (_what, headers) => {
    const answer = await ask(`${server.dataUrl}/default/default`, {
      method: 'POST',
      headers: { ...eventHeaders, ...headers },
    });
    expect([403, 421, 404], answer.body).toContain(answer.status);
    expect(JSON.parse(answer.body)).toMatchObject({ error: expect.any(String) });
  });

  test('its own Host and Origin, and the Host of an object it serves, are let in', async () => {
    const api = new URL(server.apiUrl);
    for (const host of [`localhost:${api.port}`, `127.0.0.1:${api.port}`]) {
      expect((await ask(`${server.apiUrl}/healthz`, { headers: { host, origin: `http://${host}` } })).status).toBe(200);
    }
    const own = await ask(`${server.dataUrl}/default/default`, { method: 'POST', headers: eventHeaders });
    expect(own.status).toBe(202);
    const asInCluster = await ask(`${server.dataUrl}/default/default`, {
      method: 'POST',
      headers: { ...eventHeaders, host: 'broker-ingress.knative-eventing.svc.cluster.local' },
    });
    expect(asInCluster.status).toBe(202);
  });
});

describe('/metrics', () => {
  const wanted = [
    /^# TYPE millrace_ingress_accepted_total counter$/m,
    /^# TYPE millrace_ingress_rejected_total counter$/m,
    /^# TYPE millrace_events_matched_total counter$/m,
    /^# TYPE millrace_events_delivered_total counter$/m,
    /^# TYPE millrace_deliveries_retried_total counter$/m,
    /^# TYPE millrace_events_dead_lettered_total counter$/m,
    /^# TYPE millrace_dispatch_latency_seconds histogram$/m,
    /^# TYPE millrace_trigger_lag gauge$/m,
    /^# TYPE millrace_trigger_oldest_unsettled_seconds gauge$/m,
    /^# TYPE millrace_trigger_in_flight gauge$/m,
  ];

  /** Sum of the samples of a metric whose labels hold all of these. */
  const sumOf = (text: string, name: string, ...labels: string[]) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
      .reduce(
        (sum, line) =>
          sum +
          Number(
            line
              .slice(line.lastIndexOf('}') + 1)
              .trim()
              .split(' ')[0],
          ),
        0,
      );
  const scrape = async () => (await fetch(`${server.apiUrl}/metrics`)).text();

  test('has what happened to a known traffic, by trigger and by reason', async () => {
    const before = await scrape();
    for (let index = 0; index < 5; index++) expect((await send('counted', `c${index}`)).status).toBe(202);
    const bad = await fetch(`${server.dataUrl}/default/default`, { method: 'POST', body: 'no event' });
    expect(bad.status).toBeGreaterThanOrEqual(400);
    const text = await until('all of it is settled', async () => {
      const now = await scrape();
      const settled =
        sumOf(now, 'millrace_events_delivered_total', 'trigger="second"') === 5 &&
        sumOf(now, 'millrace_events_dead_lettered_total', 'trigger="to-sink"', 'to="sink"') === 5 &&
        sumOf(now, 'millrace_events_dead_lettered_total', 'trigger="to-store"', 'to="store"') === 5 &&
        sumOf(now, 'millrace_trigger_lag') === 0 &&
        sumOf(now, 'millrace_trigger_in_flight') === 0;
      return settled && now;
    });
    for (const name of wanted) expect(text).toMatch(name);
    const grown = (name: string, ...labels: string[]) => sumOf(text, name, ...labels) - sumOf(before, name, ...labels);
    expect(grown('millrace_ingress_accepted_total')).toBe(5);
    expect(grown('millrace_ingress_rejected_total')).toBe(1);
    for (const name of ['takes', 'second', 'to-sink', 'to-store'])
      expect(grown('millrace_events_matched_total', `trigger="${name}"`)).toBe(5);
    expect(grown('millrace_events_matched_total', 'trigger="other"')).toBe(0);
    expect(grown('millrace_events_delivered_total', 'trigger="takes"')).toBe(5);
    expect(grown('millrace_deliveries_retried_total', 'trigger="takes"')).toBe(0);
    for (const name of ['second', 'to-sink', 'to-store'])
      expect(grown('millrace_deliveries_retried_total', `trigger="${name}"`)).toBe(5);
    expect(grown('millrace_dispatch_latency_seconds_count', 'trigger="takes"')).toBe(5);
  });
});

describe('/readyz', () => {
  test('is 503 and names what is waited for until everything given at the start is reconciled, then 200', async () => {
    const many = Array.from({ length: 300 }, (_, index) => trigger(`t${index}`));
    const big = new Manifests(join(folder.path, 'big'));
    big.write('m.yaml', documents(broker(), ...many));
    const seen = new Set<number>();
    let watching = true;
    // The port is not known before it is bound: an explicit one is.
    const port = await freePort();
    const watch = (async () => {
      while (watching) {
        const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(
          async (response) => {
            const body = (await response.json()) as { status: string };
            expect(body.status).toBe(response.status === 200 ? 'ready' : 'starting');
            return response.status;
          },
          () => 0,
        );
        seen.add(status);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const started = await startServer(
      ['-f', 'big', '--api-port', String(port), '--quiet'],
      join(folder.path, 'big-data'),
      {
        cwd: folder.path,
      },
    );
    expect((await fetch(`${started.apiUrl}/readyz`)).status).toBe(200);
    watching = false;
    await watch;
    started.kill('SIGKILL');
    await started.exited;
    expect(seen).toContain(503);
  });
});

async function freePort(): Promise<number> {
  const probe = new Sink();
  const port = Number(new URL(await probe.start()).port);
  await probe.stop();
  return port;
}

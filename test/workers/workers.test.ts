/** `--workers`: the real process with threads keeps the promises of the one without. What conformance asks of it is asked there. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { broker, documents, Manifests, trigger, uri } from '../support/manifests.ts';
import { millrace, type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { type Received, Sink } from '../support/sink.ts';

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
const sink = new Sink();
const servers: Server[] = [];
let server: Server;

const start = async (args: readonly string[], data: string, env?: NodeJS.ProcessEnv) => {
  const started = await startServer(['-f', manifests.folder, ...args], join(folder.path, data), env && { env });
  servers.push(started);
  return started;
};
const ordered = '{ kafka.eventing.knative.dev/delivery.order: ordered }';
const until = (what: string, probe: () => boolean | Promise<boolean>) => waitFor(what, probe, { timeoutMs: 20_000 });
const headersOf = (id: string, more: Record<string, string> = {}) => ({
  'ce-id': id,
  'ce-type': 'a',
  'ce-source': '/s',
  'ce-specversion': '1.0',
  ...more,
});
const at = (path: string) => sink.received.filter((one) => one.path === path);

async function post(url: string, id: string, more: Record<string, string> = {}, body: string | Buffer = '') {
  const response = await fetch(url, { method: 'POST', headers: headersOf(id, more), body });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

beforeAll(async () => {
  const url = await sink.start();
  const channel = `apiVersion: messaging.knative.dev/v1
kind: InMemoryChannel
metadata: { name: direct, namespace: default }
---
apiVersion: messaging.knative.dev/v1
kind: Subscription
metadata: { name: s, namespace: default }
spec:
  channel: { apiVersion: messaging.knative.dev/v1, kind: InMemoryChannel, name: direct }
  subscriber: { uri: "${url}/direct" }
  delivery: { retry: 0 }
`;
  manifests.write(
    'm.yaml',
    documents(
      broker(),
      broker('keys'),
      broker('echo'),
      broker('again'),
      trigger('moody', {
        broker: 'again',
        subscriber: uri(`${url}/moody`),
        delivery: '{ retry: 5, backoffPolicy: linear, backoffDelay: PT0.02S }',
      }),
      trigger('steady', { broker: 'again', subscriber: uri(`${url}/steady`) }),
      trigger('every', { subscriber: uri(`${url}/every`) }),
      trigger('lanes', { broker: 'keys', subscriber: uri(`${url}/lanes`), annotations: ordered }),
      trigger('asks', { broker: 'echo', subscriber: uri(`${url}/asks`), filters: '[{ exact: { type: a } }]' }),
      trigger('answers', {
        broker: 'echo',
        subscriber: uri(`${url}/answers`),
        filters: '[{ exact: { type: reply } }]',
      }),
      channel,
    ),
  );
  server = await start(['--workers', '2'], 'data');
});

afterAll(async () => {
  for (const one of servers) one.kill('SIGKILL');
  await Promise.all(servers.map(({ exited }) => exited));
  await sink.stop();
  folder.remove();
});

describe('millrace dev --workers 2', () => {
  test('events over many connections: each is acknowledged and comes once, bytes untouched, and is counted', async () => {
    const pool = new Pool(server.dataUrl, { connections: 16, pipelining: 1 });
    const body = Buffer.from(Array.from({ length: 1_048_576 }, (_, index) => index % 251));
    const send = async (id: string, data: Buffer) => {
      const headers = headersOf(id, { 'content-type': 'application/octet-stream' });
      const answer = await pool.request({ path: '/default/default', method: 'POST', headers, body: data });
      await answer.body.dump();
      return answer.statusCode;
    };
    const small = Array.from({ length: 400 }, (_, n) => send(`e${n}`, Buffer.from(`{"n":${n}}`)));
    const large = Array.from({ length: 4 }, (_, n) => send(`large${n}`, body));
    expect(new Set(await Promise.all([...small, ...large]))).toEqual(new Set([202]));
    await until('all came', () => at('/every').length === 404);
    for (let n = 0; n < 400; n += 1) expect(sink.count('/every', `e${n}`), `e${n}`).toBe(1);
    const came = at('/every').filter(({ id }) => id.startsWith('large'));
    expect(came.map((one) => one.body.equals(body))).toEqual([true, true, true, true]);
    expect(
      at('/every')
        .find(({ id }) => id === 'e7')
        ?.body.toString(),
    ).toBe('{"n":7}');
    await pool.close();
    // The counts of all threads, as of now.
    const metrics = await (await fetch(`${server.apiUrl}/metrics`)).text();
    expect(metrics).toMatch(/millrace_ingress_accepted_total\{[^}]*kn_broker_name="default"[^}]*\} 404$/m);
    expect(metrics).toMatch(/millrace_events_delivered_total\{[^}]*trigger="every"[^}]*\} 404$/m);
  });

  test('order per key, with connections on different workers and subscribers that answer late', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    sink.answer = (received, response) => {
      const lateMs = received.path === '/lanes' ? Number(received.id.charCodeAt(2) % 4) : 0;
      setTimeout(() => response.writeHead(204).end(), lateMs);
    };
    // A sender for each key, each with a connection of its own, waits for the 202 before the next one.
    await Promise.all(
      keys.map(async (key) => {
        const pool = new Pool(server.dataUrl, { connections: 1, pipelining: 1 });
        for (let n = 0; n < 40; n += 1) {
          const headers = headersOf(`${key}-${n}`, { 'ce-partitionkey': key });
          const answer = await pool.request({ path: '/default/keys', method: 'POST', headers, body: '' });
          await answer.body.dump();
          expect(answer.statusCode).toBe(202);
        }
        await pool.close();
      }),
    );
    await until('all came', () => at('/lanes').length >= keys.length * 40);
    for (const key of keys) {
      const came = at('/lanes').filter(({ id }) => id.startsWith(`${key}-`));
      expect(came.map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, n) => `${key}-${n}`));
    }
  });

  test('a delivery that fails is tried again, with the same event, while others of it are done', async () => {
    sink.answer = ({ path, id }, response) => {
      const fails = path === '/moody' && sink.count(path, id) < 3;
      response.writeHead(fails ? 503 : 204).end();
    };
    const url = `${server.dataUrl}/default/again`;
    for (const id of ['r1', 'r2', 'r3']) expect((await post(url, id, {}, `"${id}"`)).status).toBe(202);
    await until('each came three times', () => at('/moody').length === 9);
    expect(at('/moody').every(({ id, body }) => body.toString() === `"${id}"`)).toBe(true);
    expect(
      at('/steady')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['r1', 'r2', 'r3']);
  });

  test('a reply becomes an event of the Broker, byte for byte', async () => {
    const data = '{"big": 12345678901234567890,  "a":1}';
    sink.answer = ({ path }: Received, response) => {
      if (path !== '/asks') return void response.writeHead(204).end();
      const headers = headersOf('answer', { 'ce-type': 'reply', 'content-type': 'application/json' });
      response.writeHead(200, headers).end(data);
    };
    expect((await post(`${server.dataUrl}/default/echo`, 'question')).status).toBe(202);
    await until('the reply came', () => at('/answers').length === 1);
    expect(at('/answers')[0]?.body.toString()).toBe(data);
  });

  test('a channel that accepts `delivered`: 202 after the subscriber had it, 500 when it did not take it', async () => {
    const url = `${server.dataUrl}/channels/default/direct`;
    let answer: (() => void) | undefined;
    sink.answer = (_, response) => {
      answer = () => void response.writeHead(204).end();
    };
    let status = 0;
    const posting = post(url, 'waits').then((one) => (status = one.status));
    await until('it is there', () => answer !== undefined);
    expect(status).toBe(0);
    answer?.();
    await posting;
    expect(status).toBe(202);
    sink.answer = (_, response) => void response.writeHead(500).end();
    expect((await post(url, 'fails')).status).toBe(500);
    sink.answer = (_, response) => void response.writeHead(204).end();
  });

  test('requests that are wrong get the answers they get without workers, and are counted', async () => {
    const get = await fetch(`${server.dataUrl}/default/default`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect(await post(`${server.dataUrl}/default/nobody`, 'x')).toMatchObject({
      status: 404,
      text: expect.stringContaining('there is no broker at /default/nobody'),
    });
    const notOne = await fetch(`${server.dataUrl}/default/default`, { method: 'POST', body: 'x' });
    expect(notOne.status).toBeGreaterThanOrEqual(400);
    const tooLarge = await post(`${server.dataUrl}/default/default`, 'x', {}, Buffer.alloc(11 * 1_048_576)).catch(
      () => ({ status: 413 }),
    );
    expect(tooLarge.status).toBe(413);
    // No request at all.
    const { port, hostname } = new URL(server.dataUrl);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.end('what?\r\n\r\n');
    const said = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk)).on('close', () => resolve(text));
    });
    expect(said).toMatch(/^HTTP\/1.1 400 /);
    // For a source that receives: the main thread answers.
    expect(await post(`${server.dataUrl}/github/default/none`, 'x')).toMatchObject({
      status: 404,
      text: expect.stringContaining('no GitHubSource'),
    });
    const metrics = await (await fetch(`${server.apiUrl}/metrics`)).text();
    for (const reason of ['method', 'unknown-broker', 'malformed', 'body-too-large'])
      expect(metrics, reason).toMatch(new RegExp(`millrace_ingress_rejected_total\\{reason="${reason}"\\} [1-9]`));
  });

  test('the port is its own: another process that would share it is told who has it', async () => {
    const { port } = new URL(server.dataUrl);
    const args = ['dev', '--port', port, '--api-port', '0', '--workers', '2', '--data-dir', join(folder.path, 'other')];
    const other = await millrace(args);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining(`port ${port} is held by`) });
  });

  test('what is ready is reachable: a Broker that comes while it runs takes events as soon as it is ready', async () => {
    for (const name of ['late1', 'late2', 'late3']) {
      manifests.write(`${name}.yaml`, broker(name));
      const ready = await server.run(['wait', `broker/${name}`, '--timeout', '20s']);
      expect(ready.code, ready.stderr).toBe(0);
      // On several connections, so that each worker is asked.
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => post(`${server.dataUrl}/default/${name}`, `${n}`, { connection: 'close' })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    }
  });
});

describe('the end with workers', () => {
  test.each([1, 2])(
    '%d: what is in flight is finished, then it exits with 0 and nothing comes again',
    async (count) => {
      let answer: (() => void) | undefined;
      sink.answer = (_, response) => {
        answer = () => void response.writeHead(204).end();
      };
      const one = await start(['--workers', String(count)], `end-${count}`);
      expect((await post(`${one.dataUrl}/default/default`, `slow-${count}`)).status).toBe(202);
      await until('it is there', () => sink.count('/every', `slow-${count}`) > 0);
      one.kill('SIGINT');
      await until('it says so', () => /^millrace: stopping in-flight=1$/m.test(one.stderr()));
      answer?.();
      expect(await one.exited).toEqual({ code: 0, signal: null });
      expect(one.stderr()).toMatch(/^millrace: stopped events=1 handed-back=0 after=/m);
      sink.answer = (_, response) => void response.writeHead(204).end();
    },
  );

  test('what does not finish within --drain is handed back, and comes again', async () => {
    sink.answer = () => undefined;
    const one = await start(['--workers', '2', '--drain', '300ms'], 'back');
    expect((await post(`${one.dataUrl}/default/default`, 'hanging')).status).toBe(202);
    await until('it is there', () => sink.count('/every', 'hanging') > 0);
    one.kill('SIGTERM');
    expect(await one.exited).toEqual({ code: 0, signal: null });
    expect(one.stderr()).toMatch(/^millrace: stopped events=1 handed-back=1 after=/m);
    sink.answer = (_, response) => void response.writeHead(204).end();
    await start(['--workers', '2'], 'back');
    await until('it comes again', () => sink.count('/every', 'hanging') === 2);
  });

  test('a worker that dies ends the process with one line and exit code 1; what was acknowledged comes after the next start', async () => {
    sink.answer = () => undefined;
    // Loaded into every thread before Millrace's own code: one worker throws when the file is there.
    const mark = join(folder.path, 'die');
    const script = join(folder.path, 'die.cjs');
    writeFileSync(
      script,
      `const { threadId } = require('node:worker_threads');
       const { existsSync } = require('node:fs');
       if (threadId === 2) setInterval(() => { if (existsSync(${JSON.stringify(mark)})) throw new Error('broken on purpose'); }, 20);`,
    );
    const one = await start(['--workers', '2'], 'dies', { NODE_OPTIONS: `--require ${script}` });
    expect((await post(`${one.dataUrl}/default/default`, 'kept')).status).toBe(202);
    writeFileSync(mark, '');
    expect(await one.exited).toEqual({ code: 1, signal: null });
    expect(one.stderr()).toMatch(/^millrace: worker thread 2 of 2 ended: broken on purpose$/m);
    expect(one.stderr()).not.toMatch(/^\s+at /m);
    sink.answer = (_, response) => void response.writeHead(204).end();
    const before = sink.count('/every', 'kept');
    await start(['--workers', '2'], 'dies');
    await until('it comes', () => sink.count('/every', 'kept') > before);
  });
});

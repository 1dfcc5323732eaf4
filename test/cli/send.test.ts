/** `millrace send`: what it sends is what arrives, byte for byte, in every content mode. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { broker, documents, Manifests, trigger, uri } from '../support/manifests.ts';
import { millrace, type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { type Received, Sink } from '../support/sink.ts';
import { until } from './support/waiting.ts';

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
const sink = new Sink();
let server: Server;

const send = (...args: string[]) => server.run(['send', ...args], { cwd: folder.path });
const arrived = (id: string): Promise<Received> =>
  until(`${id} arrives`, () => sink.received.find((one) => one.id === id));

beforeAll(async () => {
  const sinkUrl = await sink.start();
  manifests.write(
    'm.yaml',
    documents(
      broker(),
      broker('orders', 'shop'),
      trigger('all', { delivery: '{ format: binary }', subscriber: uri(sinkUrl) }),
    ),
  );
  server = await startServer(['-f', 'm', '--quiet', '--max-event-bytes', '100000'], join(folder.path, 'data'), {
    cwd: folder.path,
  });
});

afterAll(async () => {
  server?.kill('SIGKILL');
  await server?.exited;
  await sink.stop();
  folder.remove();
});

describe('one event', () => {
  test('prints its id, and attributes and bytes arrive as they were given', async () => {
    const data = '{ "n": 12345678901234567890, "n": 1.0 }';
    const sent = await send(
      '--type',
      'order.created',
      '--source',
      '/x',
      '--subject',
      'a b',
      '-e',
      'region=ä%',
      '--data',
      data,
    );
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    const id = sent.stdout.trim();
    expect(sent.stdout).toBe(`${id}\n`);
    const { headers, body } = await arrived(id);
    expect(headers).toMatchObject({
      'ce-type': 'order.created',
      'ce-source': '/x',
      'ce-subject': 'a%20b',
      'ce-region': '%C3%A4%25',
      'content-type': 'application/json',
    });
    expect(body.toString()).toBe(data);
  });

  test('binary data from a file, in each content mode', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128, 34]);
    writeFileSync(join(folder.path, 'data.bin'), bytes);
    const modes = ['binary', 'structured', 'batch'];
    const sent = await Promise.all(
      modes.map((mode) =>
        send('--id', `m-${mode}`, '--mode', mode, '--content-type', 'image/png', '--data', '@data.bin'),
      ),
    );
    expect(sent.map(({ stdout }) => stdout)).toEqual(modes.map((mode) => `m-${mode}\n`));
    for (const mode of modes) expect((await arrived(`m-${mode}`)).body.equals(bytes)).toBe(true);
  });
});

describe('many events', () => {
  test('a file of structured events, one a line: each as it is', async () => {
    const lines = [0, 1, 2].map(
      (n) =>
        `{"specversion":"1.0","id":"f${n}","type":"t","source":"/f","data":{ "v": ${n}.0 , "big": 12345678901234567890}}`,
    );
    writeFileSync(join(folder.path, 'events.ndjson'), `${lines.join('\n')}\n`);
    const sent = await send('--file', 'events.ndjson', '--mode', 'batch', '-o', 'json');
    expect(JSON.parse(sent.stdout)).toMatchObject({ accepted: 3, rejected: {} });
    for (const n of [0, 1, 2])
      expect((await arrived(`f${n}`)).body.toString()).toBe(`{ "v": ${n}.0 , "big": 12345678901234567890}`);
  });

  test('--count and --rate: so many, and not faster', async () => {
    const startMs = performance.now();
    const sent = await send('--id', 'r', '--count', '60', '--rate', '100');
    expect(sent.code).toBe(0);
    expect(sent.stdout).toMatch(/^60 of 60 accepted in /);
    // 60 at 100 a second begin within 590 ms; and not in less.
    const rate = /\((\d+)\/s\)/.exec(sent.stdout);
    expect(Number(rate?.[1])).toBeLessThanOrEqual(110);
    expect(Number(rate?.[1])).toBeGreaterThan(30);
    expect(performance.now() - startMs).toBeGreaterThan(590);
    await until('all of them', () => sink.received.filter(({ id }) => /^r(-\d+)?$/.test(id)).length === 60);
  });
});

describe('what is not accepted', () => {
  test('a refusal says what the broker said: exit code 1, nothing on stdout', async () => {
    writeFileSync(join(folder.path, 'large.bin'), Buffer.alloc(200_000));
    const sent = await send('--data', '@large.bin');
    expect(sent).toMatchObject({ code: 1, stdout: '' });
    expect(sent.stderr).toMatch(/^millrace: 1 event not accepted: .*100000/m);
  });

  test('a broker that is not there: exit code 3; nobody listens: exit code 4', async () => {
    const [absent, unreachable] = await Promise.all([
      send('nowhere', '--type', 'a'),
      millrace(['send', '--type', 'a', '--url', 'http://127.0.0.1:9/']),
    ]);
    expect(absent).toMatchObject({ code: 3, stdout: '' });
    expect(absent.stderr).toMatch(/nowhere/);
    expect(unreachable).toMatchObject({ code: 4, stdout: '' });
    expect(unreachable.stderr).toContain('no answer from http://127.0.0.1:9/: ECONNREFUSED');
  });
});

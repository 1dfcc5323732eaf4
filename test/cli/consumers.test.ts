/** Consumers of local mode: named by `uri`, by `millrace.dev/url`, started by `millrace.dev/command`, or built in. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { broker, documents, Manifests, trigger, uri } from '../support/manifests.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { until, untilSays } from './support/waiting.ts';

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
const dataDir = join(folder.path, 'data');
const sink = new Sink();
let server: Server | undefined;

/** Writes its process id, prints what it gets, and ends with code 7 when it is told to. */
const consumer = `
import { createServer } from 'node:http';
import { appendFileSync } from 'node:fs';
appendFileSync(process.argv[2], process.pid + '\\n');
createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(204).end();
    console.log('got ' + request.headers['ce-id'] + ' at ' + request.url);
    if (request.headers['ce-type'] === 'end') setImmediate(() => process.exit(7));
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const service = (name: string, annotations: string) => `apiVersion: v1
kind: Service
metadata: { name: ${name}, annotations: ${annotations} }
`;
const serviceRef = (name: string, apiVersion = 'v1') =>
  `{ ref: { apiVersion: ${apiVersion}, kind: Service, name: ${name} } }`;

const eventDisplay = `apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: viewer }
spec:
  template:
    spec:
      containers: [{ image: gcr.io/knative-releases/knative.dev/eventing/cmd/event_display }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: old-viewer }
spec:
  selector: { matchLabels: { app: old } }
  template:
    metadata: { labels: { app: old } }
    spec:
      containers: [{ name: c, image: "gcr.io/knative-releases/knative.dev/eventing/cmd/event_display:latest" }]
---
apiVersion: v1
kind: Service
metadata: { name: old-viewer }
spec: { selector: { app: old }, ports: [{ port: 80 }] }
`;

const start = async () => {
  server = await startServer(['-f', manifests.folder], dataDir, { cwd: folder.path });
  return server;
};
const send = async (type: string, id: string) => {
  const response = await fetch(`${server?.dataUrl}/default/default`, {
    method: 'POST',
    headers: {
      'ce-id': id,
      'ce-type': type,
      'ce-source': '/s',
      'ce-specversion': '1.0',
      'content-type': 'application/json',
    },
    body: '{"n":1}',
  });
  expect(response.status).toBe(202);
};
const pids = () =>
  readFileSync(join(folder.path, 'm', 'pids'), 'utf8')
    .trim()
    .split('\n')
    .map(Number);
/** A process that has ended and that nobody has asked for yet is not alive. */
const isAlive = (pid: number) => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

beforeAll(async () => {
  const sinkUrl = await sink.start();
  writeFileSync(join(manifests.folder, 'consumer.mjs'), consumer);
  manifests.write(
    'all.yaml',
    documents(
      broker(),
      service('named', `{ millrace.dev/url: "${sinkUrl}/" }`),
      // The command runs in the folder of its file.
      service('started', '{ millrace.dev/command: node consumer.mjs pids }'),
      eventDisplay,
      trigger('by-uri', { subscriber: uri(`${sinkUrl}/by-uri`) }),
      trigger('by-url', { subscriber: serviceRef('named').replace(' }', ' }, uri: /by-url') }),
      trigger('by-command', { subscriber: serviceRef('started').replace(' }', ' }, uri: /by-command') }),
      trigger('by-ksvc', { subscriber: serviceRef('viewer', 'serving.knative.dev/v1') }),
      trigger('by-deployment', { subscriber: serviceRef('old-viewer') }),
    ),
  );
  await start();
});

afterAll(async () => {
  server?.kill('SIGTERM');
  await server?.exited;
  await sink.stop();
  folder.remove();
});

describe('consumers', () => {
  test('each way of naming one gets the event; output is prefixed by the name', async () => {
    await send('a', 'one');
    await until('uri and url', () => sink.count('/by-uri', 'one') === 1 && sink.count('/by-url', 'one') === 1);
    await untilSays(server as Server, /^started \| got one at \/by-command$/m);
    // Knative's viewer, as its users know it, once for each of its two Services.
    await untilSays(server as Server, /^viewer \| ☁️ {2}cloudevents\.Event$/mu);
    await untilSays(server as Server, /^old-viewer \| {3}id: one$/m);
    await untilSays(server as Server, /^viewer \| {5}"n": 1$/m);
    expect(server?.stdout()).toBe('');
  });

  test('one that ends is started again after a moment, and says how it ended', async () => {
    const [first] = pids();
    await send('end', 'two');
    await untilSays(server as Server, /started.*ended with code 7/);
    await until('a successor', () => pids().length === 2 && pids()[1] !== first);
    await send('a', 'three');
    await untilSays(server as Server, /^started \| got three at /m);
  });

  test('a command that changes ends the old process before the new one starts', async () => {
    const old = pids().at(-1) ?? 0;
    const text = readFileSync(join(manifests.folder, 'all.yaml'), 'utf8');
    manifests.write('all.yaml', text.replace('consumer.mjs pids }', 'consumer.mjs pids again }'));
    await until('the new process', () => pids().at(-1) !== old);
    expect(isAlive(old)).toBe(false);
    await send('a', 'four');
    await untilSays(server as Server, /^started \| got four at /m);
  });

  test('kill -9 of the server leaves no orphan after the next start', async () => {
    const orphan = pids().at(-1) ?? 0;
    server?.kill('SIGKILL');
    await server?.exited;
    const again = await start();
    await until('the orphan is gone', () => !isAlive(orphan));
    await until('a new one runs', () => pids().at(-1) !== orphan);
    await send('a', 'five');
    await untilSays(again, /^started \| got five at /m);
  });

  test('a graceful end leaves no process behind', async () => {
    const last = pids().at(-1) ?? 0;
    expect(isAlive(last)).toBe(true);
    server?.kill('SIGTERM');
    expect(await server?.exited).toEqual({ code: 0, signal: null });
    expect(pids().filter(isAlive)).toEqual([]);
  });
});

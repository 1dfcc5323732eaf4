/** The real kubectl against the API. Skipped where it is not on PATH: it is a client, and no server brings it along. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { broker, type RunningApi, startApi } from './support.ts';

/** No call takes longer, or it hangs. */
const callMsMax = 15_000;

const isThere = spawnSync('kubectl', ['version', '--client'], { timeout: callMsMax }).status === 0;

let api: RunningApi;
let home: string;

beforeAll(async () => {
  api = await startApi();
  home = mkdtempSync(join(tmpdir(), 'millrace-kubectl-'));
});
afterAll(async () => {
  await api.close();
  rmSync(home, { recursive: true, force: true });
});
beforeEach((context) => {
  context.skip(!isThere, 'kubectl is not on PATH');
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: home, KUBECONFIG: join(home, 'none') };
}

function kubectl(args: readonly string[], server = api.url): Promise<Outcome> {
  const options = { env: environment(), timeout: callMsMax };
  return new Promise((resolve) => {
    execFile('kubectl', ['--server', server, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

async function succeed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

function manifest(text: string): string {
  const path = join(home, 'manifest.yaml');
  writeFileSync(path, text);
  return path;
}

const shopManifest = (retry: number, value: string) => `
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: default, namespace: shop}
spec: {delivery: {retry: ${retry}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {value: "${value}"}
---
apiVersion: sources.knative.dev/v1beta2
kind: PingSource
metadata: {name: ping, namespace: shop}
spec: {schedule: "* * * * *", data: hello, sink: {uri: "http://sink.test/"}}
`;

test('canary: without a server kubectl fails', async () => {
  const { code, stderr } = await kubectl(['get', 'brokers'], 'http://127.0.0.1:1');
  expect(code).not.toBe(0);
  expect(stderr).toContain('refused');
});

test('api-resources: every kind, with its short names', async () => {
  const text = await succeed('api-resources');
  expect(text).toMatch(/^configmaps +cm +v1 +true +ConfigMap$/m);
  expect(text).toMatch(/^brokers +eventing\.knative\.dev\/v1 +true +Broker$/m);
  expect(text).toMatch(/^pingsources +sources\.knative\.dev\/v1 +true +PingSource$/m);
});

test('version names both', async () => {
  expect(await succeed('version')).toContain('+millrace-1.2.3');
});

test('apply: created, then unchanged, then configured, client side and server side', async () => {
  const outcomes = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' ').at(-1));
  const first = manifest(shopManifest(1, 'one'));
  expect(outcomes(await succeed('apply', '-f', first))).toEqual(['created', 'created', 'created']);
  expect(outcomes(await succeed('apply', '-f', first))).toEqual(['unchanged', 'unchanged', 'unchanged']);
  const second = manifest(shopManifest(2, 'two'));
  expect(outcomes(await succeed('apply', '-f', second))).toEqual(['configured', 'configured', 'unchanged']);
  const value = await succeed('get', 'cm', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.value}');
  expect(value).toBe('two');
  const served = outcomes(await succeed('apply', '--server-side', '-f', manifest(shopManifest(3, 'three'))));
  expect(served).toEqual(['serverside-applied', 'serverside-applied', 'serverside-applied']);
});

test('get: a table with the columns of the kind, of all namespaces', async () => {
  await api.store.create(broker('listed'));
  const [head, ...rows] = (await succeed('get', 'brokers', '-A')).trimEnd().split('\n');
  expect(head).toMatch(/^NAMESPACE +NAME +URL +AGE +READY +REASON +CLASS$/);
  expect(rows.some((row) => /^shop +listed /.test(row))).toBe(true);
});

test('get -o yaml: the object as it is, in the version that was asked for', async () => {
  await api.store.create({
    apiVersion: 'sources.knative.dev/v1',
    kind: 'PingSource',
    metadata: { name: 'yaml', namespace: 'shop' },
    spec: { schedule: '* * * * *', data: 'hello', sink: { uri: 'http://sink.test/' } },
  });
  const text = await succeed('get', 'pingsources.v1beta2.sources.knative.dev', 'yaml', '-n', 'shop', '-o', 'yaml');
  expect(parse(text)).toMatchObject({
    apiVersion: 'sources.knative.dev/v1beta2',
    kind: 'PingSource',
    metadata: { name: 'yaml', namespace: 'shop' },
    spec: { data: 'hello' },
  });
});

test('what is not there is said in kubectl’s words', async () => {
  const { code, stderr } = await kubectl(['get', 'broker', 'nobody']);
  expect(code).toBe(1);
  expect(stderr).toContain('Error from server (NotFound): brokers.eventing.knative.dev "nobody" not found');
});

test('apply of an invalid object names each field', async () => {
  const path = manifest(
    'apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: bad}\nspec: {broker: x, subscribr: {}}\n',
  );
  const { code, stderr } = await kubectl(['apply', '-f', path]);
  expect(code).toBe(1);
  expect(stderr).toContain('The Trigger "bad" is invalid');
  expect(stderr).toContain('spec.subscribr: unknown field; did you mean "subscriber"?');
});

test('create configmap, secret, namespace and service: what kubectl sends as protobuf', async () => {
  await succeed('create', 'namespace', 'made');
  await succeed('create', 'configmap', 'cm', '-n', 'made', '--from-literal=a=b');
  await succeed('create', 'secret', 'generic', 'token', '-n', 'made', '--from-literal=key=value');
  await succeed('create', 'service', 'clusterip', 'web', '-n', 'made', '--tcp=80:8080');
  const get = (...args: string[]) => succeed('get', '-n', 'made', ...args);
  expect(await get('cm', 'cm', '-o', 'jsonpath={.data.a}')).toBe('b');
  expect(await get('secret', 'token', '-o', 'go-template={{.data.key | base64decode}}')).toBe('value');
  const ports = JSON.parse(await get('service', 'web', '-o', 'jsonpath={.spec.ports}'));
  expect(ports).toEqual([{ name: '80-8080', port: 80, protocol: 'TCP', targetPort: 8080 }]);
});

test('label, annotate and patch, as edit sends them', async () => {
  await api.store.create(broker('edited'));
  await succeed('label', 'broker', 'edited', '-n', 'shop', 'x=y');
  await succeed('annotate', 'broker', 'edited', '-n', 'shop', 'note=1');
  await succeed(
    'patch',
    'broker',
    'edited',
    '-n',
    'shop',
    '--type',
    'merge',
    '-p',
    '{"spec":{"delivery":{"retry":7}}}',
  );
  const operations = '[{"op":"replace","path":"/spec/delivery/retry","value":8}]';
  await succeed('patch', 'broker', 'edited', '-n', 'shop', '--type', 'json', '-p', operations);
  const found = JSON.parse(await succeed('get', 'broker', 'edited', '-n', 'shop', '-o', 'json'));
  expect(found).toMatchObject({
    metadata: { labels: { x: 'y' }, annotations: { note: '1' } },
    spec: { delivery: { retry: 8 } },
  });
});

test('explain: the fields and what they mean', async () => {
  expect(await succeed('explain', 'trigger.spec.subscriber')).toMatch(/uri\s+<string>/);
});

test('get -w shows each change; delete waits until the object is gone', async () => {
  await api.store.create(broker('watched', { namespace: 'live' }));
  const child = spawn('kubectl', ['--server', api.url, 'get', 'brokers', '-n', 'live', '-w', '--output-watch-events'], {
    env: environment(),
    timeout: callMsMax,
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  try {
    await waitFor('the present object', () => /^ADDED +watched/m.test(text));
    await succeed('label', 'broker', 'watched', '-n', 'live', 'x=y');
    await waitFor('the change', () => /^MODIFIED +watched/m.test(text));
    expect(await succeed('delete', 'broker', 'watched', '-n', 'live')).toContain('deleted');
    await waitFor('the removal', () => /^DELETED +watched/m.test(text));
  } finally {
    child.kill();
  }
});

test('none of this was an error of the server', () => {
  expect(api.errors).toEqual([]);
});

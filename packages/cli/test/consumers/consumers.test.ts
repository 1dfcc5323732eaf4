import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resource } from '@millrace/api';
import { silentLogger, systemClock } from '@millrace/runtime';
import { waitFor } from '@millrace/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { ConsumerRunner } from '../../src/consumers/runner.ts';
import { type ConsumerSpec, consumersOf } from '../../src/consumers/spec.ts';

const service = (name: string, annotations: Record<string, string>, more: Partial<Resource> = {}): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, annotations },
  ...more,
});

describe('consumersOf: which consumers local mode starts', () => {
  const none = () => undefined;

  test('a Service with millrace.dev/command, in the folder of its manifest', () => {
    const [spec] = consumersOf([service('a', { 'millrace.dev/command': 'node a.js' })], () => '/m/all.yaml', '/cwd');
    expect(spec?.run).toEqual({ kind: 'command', command: { kind: 'shell', line: 'node a.js' }, cwd: '/m' });
  });

  test('with millrace.dev/url as well, the command gets that port', () => {
    const annotations = { 'millrace.dev/command': 'node a.js', 'millrace.dev/url': 'http://localhost:3001/in' };
    expect(consumersOf([service('a', annotations)], none, '/cwd')[0]?.run).toMatchObject({ port: 3001, cwd: '/cwd' });
  });

  test('a Service with only millrace.dev/url runs elsewhere: nothing is started', () => {
    expect(consumersOf([service('a', { 'millrace.dev/url': 'http://localhost:3001' })], none, '/cwd')).toEqual([]);
  });

  test.each([
    'gcr.io/knative-releases/knative.dev/eventing/cmd/event_display',
    'gcr.io/knative-releases/knative.dev/eventing/cmd/event_display:latest',
    'ko.local/event_display-5d@sha256:abc',
  ])('a Knative Service with image %s is the built-in viewer', (image) => {
    const spec = { template: { spec: { containers: [{ image }] } } };
    const [found] = consumersOf([service('d', {}, { apiVersion: 'serving.knative.dev/v1', spec })], none, '/cwd');
    expect(found?.run).toEqual({ kind: 'event-display' });
  });

  test('a core Service whose selector chooses a Deployment of that image is the built-in viewer too', () => {
    const deployment: Resource = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace: 'default' },
      spec: { template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ image: 'x/event_display' }] } } },
    };
    const objects = [service('d', {}, { spec: { selector: { app: 'd' } } }), deployment];
    expect(consumersOf(objects, none, '/cwd').map(({ run }) => run.kind)).toEqual(['event-display']);
  });

  test('another image is nobody we know', () => {
    const spec = { template: { spec: { containers: [{ image: 'shop/event_display_pro' }] } } };
    expect(consumersOf([service('d', {}, { apiVersion: 'serving.knative.dev/v1', spec })], none, '/cwd')).toEqual([]);
  });
});

describe('ConsumerRunner', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-consumers-'));
  let runner: ConsumerRunner | undefined;
  const lines: string[] = [];
  const reports: { readonly url: string | undefined; readonly reason: string | undefined }[] = [];
  let pids: readonly number[] = [];

  const spec = (script: string, name = 'child'): ConsumerSpec => {
    writeFileSync(join(folder, `${name}.mjs`), script);
    const run = { kind: 'command', command: { kind: 'shell', line: `node ${name}.mjs` }, cwd: folder } as const;
    return { uid: name, apiVersion: 'v1', kind: 'Service', namespace: 'default', name, run };
  };

  const makeRunner = () => {
    lines.length = 0;
    reports.length = 0;
    runner = new ConsumerRunner({
      clock: systemClock,
      logger: silentLogger,
      env: { GREETING: 'hello' },
      print: (name, line) => lines.push(`${name}: ${line}`),
      report: (_spec, url, reason) => reports.push({ url, reason }),
      remember: (now) => {
        pids = now;
      },
    });
    return runner;
  };

  afterEach(async () => {
    await runner?.stop();
    expect(pids).toEqual([]);
  });

  const listening = `import { createServer } from 'node:http';
    createServer((q, s) => s.end()).listen(process.env.PORT, '127.0.0.1', () => console.log('up', process.env.GREETING));`;

  test('a child gets PORT and its environment, its output is prefixed, and its address is reported once it listens', async () => {
    makeRunner().apply([spec(listening)]);
    const { url } = await waitFor('it listens', () => reports.find((report) => report.url));
    expect((await fetch(url ?? '')).status).toBe(200);
    await waitFor('its output', () => lines.includes('child: up hello'));
    expect(pids).toHaveLength(1);
  });

  test('C2: a child that ends is started again after a back-off', async () => {
    makeRunner().apply([spec("console.log('born'); process.exit(3);")]);
    await waitFor('three lives', () => lines.filter((line) => line === 'child: born').length >= 3);
    expect(reports[0]?.reason).toBe('ended with code 3; starting it again in 200 ms');
    expect(reports.find(({ reason }) => reason?.includes('400 ms'))).toBeDefined();
  });

  test('a command that cannot be started says so and is tried again', async () => {
    const run = { kind: 'command', command: { kind: 'words', words: ['no-such-program-here'] }, cwd: folder } as const;
    makeRunner().apply([{ ...spec(''), run }]);
    const report = await waitFor('the report', () => reports[0]);
    expect(report.reason).toMatch(/cannot be started.*ENOENT/);
  });

  test('C1: a changed spec ends the old child before the new one starts', async () => {
    const started = makeRunner();
    started.apply([spec(listening)]);
    await waitFor('the first listens', () => reports.find(({ url }) => url));
    const [first] = pids;
    writeFileSync(join(folder, 'other.mjs'), listening.replace("'up'", "'second'"));
    const other = spec(listening);
    started.apply([
      { ...other, run: { kind: 'command', command: { kind: 'shell', line: 'node other.mjs' }, cwd: folder } },
    ]);
    await waitFor('the second is up', () => lines.includes('child: second hello'));
    expect(() => process.kill(first ?? 0, 0)).toThrow();
  });

  test('C3: a child that ignores SIGTERM is killed, with everything it started', { timeout: 15_000 }, async () => {
    const stubborn = `process.on('SIGTERM', () => {}); import('node:child_process').then(({ spawn }) => { const c = spawn('sleep', ['60']); console.log('pid', c.pid); });`;
    const started = makeRunner();
    started.apply([spec(stubborn)]);
    const line = await waitFor('the grandchild', () => lines.find((one) => one.startsWith('child: pid ')));
    const grandchild = Number(line.split(' ').at(-1));
    await started.stop();
    await waitFor('the grandchild is gone', () => !isAlive(grandchild));
  });

  test('a consumer that is gone from the manifests is ended', async () => {
    const started = makeRunner();
    started.apply([spec(listening)]);
    await waitFor('it listens', () => reports.find(({ url }) => url));
    const [pid] = pids;
    started.apply([]);
    await waitFor('it is gone', () => !isAlive(pid ?? 0));
    await waitFor('and its address', () => reports.at(-1)?.reason === 'stopped');
    expect(reports.at(-1)).toEqual({ url: undefined, reason: 'stopped' });
  });

  test('the built-in viewer prints an event as Knative’s does', async () => {
    makeRunner().apply([{ ...spec(''), run: { kind: 'event-display' } }]);
    const { url } = await waitFor('it listens', () => reports.find((report) => report.url));
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-type': 'a.b',
      'ce-source': '/s',
      'ce-region': 'eu',
      'content-type': 'application/json',
    };
    const answer = await fetch(url ?? '', { method: 'POST', headers, body: '{"a":1}' });
    expect(answer.status).toBe(200);
    expect(lines.map((line) => line.replace('child: ', ''))).toEqual([
      '☁️  cloudevents.Event',
      'Context Attributes,',
      '  specversion: 1.0',
      '  type: a.b',
      '  source: /s',
      '  id: 1',
      '  datacontenttype: application/json',
      'Extensions,',
      '  region: eu',
      'Data,',
      '  {',
      '    "a": 1',
      '  }',
    ]);
    rmSync(folder, { recursive: true, force: true });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

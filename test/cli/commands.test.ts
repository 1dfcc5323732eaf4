/** Client commands against one running server: `url`, `wait`, `get`, `validate`, `explain`, `tail`. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { broker, documents, Manifests, trigger, uri } from '../support/manifests.ts';
import { millrace, type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { root } from '../support/tree.ts';
import { until } from './support/waiting.ts';

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
const sink = new Sink();
let server: Server;
let sinkUrl = '';

const run = (...args: string[]) => server.run(args, { cwd: folder.path });
const post = async (type: string, id: string, more: Record<string, string> = {}) => {
  const response = await fetch(`${server.dataUrl}/default/default`, {
    method: 'POST',
    headers: { 'ce-id': id, 'ce-type': type, 'ce-source': '/shop', 'ce-specversion': '1.0', ...more },
  });
  expect(response.status).toBe(202);
};
const linesOf = (text: string) => text.trimEnd().split('\n');

beforeAll(async () => {
  sinkUrl = await sink.start();
  manifests.write(
    'm.yaml',
    documents(
      broker(),
      broker('orders', 'shop'),
      trigger('billing', {
        labels: '{ team: money }',
        filters: '[{ exact: { type: order.created } }]',
        subscriber: uri(`${sinkUrl}/billing`),
      }),
      trigger('ship', {
        filters: '[{ all: [{ exact: { source: /shop } }, { exact: { type: order.paid } }] }]',
        subscriber: uri(`${sinkUrl}/ship`),
      }),
      trigger('europe', { filters: '[{ exact: { region: eu } }]', subscriber: uri(`${sinkUrl}/europe`) }),
      trigger('there', { namespace: 'shop', broker: 'orders', subscriber: uri(`${sinkUrl}/there`) }),
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

describe('finding the server', () => {
  test('by the data directory, --server and --api-port; url prints one line for scripts', async () => {
    const expected = { code: 0, stdout: `${server.dataUrl}/default/default\n`, stderr: '' };
    expect(await run('url')).toMatchObject(expected);
    expect(await millrace(['url', 'broker/default', '--server', server.apiUrl])).toMatchObject(expected);
    expect(await millrace(['url', '--api-port', new URL(server.apiUrl).port])).toMatchObject(expected);
    expect(await run('url', 'orders', '-n', 'shop')).toMatchObject({ stdout: `${server.dataUrl}/shop/orders\n` });
    expect(await run('url', 'nobody')).toMatchObject({ code: 3, stdout: '' });
  });

  test('a server that does not answer: exit code 4, and how to start one', async () => {
    const nobody = new Sink();
    const address = await nobody.start();
    await nobody.stop();
    const gone = await millrace(['url', '--server', address]);
    expect(gone).toMatchObject({ code: 4, stdout: '' });
    expect(gone.stderr).toContain(`no answer from ${address} (named by --server): ECONNREFUSED`);
    expect(gone.stderr).toContain('millrace dev');
  });
});

describe('millrace wait', () => {
  test('for the server and for objects; what is never ready times out with 5 and says what it waited for', async () => {
    expect(await run('wait', 'broker/default', 'trigger/ship')).toMatchObject({ code: 0, stdout: '' });
    const late = await run('wait', 'trigger/nobody', '--timeout', '300ms');
    expect(late).toMatchObject({ code: 5, stdout: '' });
    expect(late.stderr).toMatch(/nobody/);
  });

  test('before the server exists', async () => {
    const dataDir = join(folder.path, 'later');
    const waiting = millrace(['wait', '--data-dir', dataDir, '--timeout', '30s']);
    const later = await startServer(['--quiet'], dataDir);
    expect(await waiting).toMatchObject({ code: 0, stdout: '' });
    later.kill('SIGKILL');
    await later.exited;
  });
});

describe('millrace get: kubectl’s grammar and formats', () => {
  test('a table by plural, singular, kind/name, names and lists of kinds', async () => {
    const { stdout, stderr, code } = await run('get', 'triggers');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [head, ...rows] = linesOf(stdout);
    expect(head).toMatch(/^NAME +BROKER +SUBSCRIBER_URI +AGE +READY +REASON$/);
    expect(rows.map((row) => row.split(/\s+/)[0])).toEqual(['billing', 'europe', 'ship']);
    // Columns stand below their heads.
    for (const row of rows) expect(row.indexOf('default')).toBe(head?.indexOf('BROKER'));
    expect(linesOf((await run('get', 'trigger/ship')).stdout)).toHaveLength(2);
    expect(linesOf((await run('get', 'trigger', 'ship', 'billing', '--no-headers')).stdout)).toHaveLength(2);
    const both = (await run('get', 'brokers,triggers')).stdout;
    expect(both).toMatch(/^broker\.eventing\.knative\.dev\/default /m);
    expect(both).toMatch(/^trigger\.eventing\.knative\.dev\/ship /m);
  });

  test('-A has the namespace in front, -l selects, and an empty list says so on stderr', async () => {
    const everywhere = linesOf((await run('get', 'triggers', '-A')).stdout);
    expect(everywhere[0]).toMatch(/^NAMESPACE +NAME /);
    expect(everywhere.some((line) => /^shop +there /.test(line))).toBe(true);
    expect(linesOf((await run('get', 'triggers', '-l', 'team=money', '--no-headers')).stdout)).toHaveLength(1);
    expect(await run('get', 'sources')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'No resources found in default namespace.\n',
    });
  });

  test('-o wide shows where a trigger stands', async () => {
    const [head, ...rows] = linesOf((await run('get', 'triggers', '-o', 'wide')).stdout);
    expect(head).toMatch(/STATE +POSITION +LAG +IN_FLIGHT/);
    expect(rows).toHaveLength(3);
  });

  test('-o json, yaml and name: one object as itself, several as a List', async () => {
    const one = JSON.parse((await run('get', 'trigger', 'ship', '-o', 'json')).stdout);
    expect(one).toMatchObject({ kind: 'Trigger', metadata: { name: 'ship' }, spec: { broker: 'default' } });
    const list = parse((await run('get', 'triggers', '-o', 'yaml')).stdout);
    expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List' });
    expect(list.items).toHaveLength(3);
    expect((await run('get', 'triggers', '-o', 'name')).stdout).toBe(
      'trigger.eventing.knative.dev/billing\ntrigger.eventing.knative.dev/europe\ntrigger.eventing.knative.dev/ship\n',
    );
  });

  test('what is absent: exit code 3, and what is there is printed all the same', async () => {
    const result = await run('get', 'trigger', 'ship', 'nobody');
    expect(result.code).toBe(3);
    expect(result.stdout).toMatch(/^ship /m);
    expect(result.stderr).toMatch(/"nobody" not found/);
  });

  test('--watch prints what is there, and then each change, below the same columns', async () => {
    const watching = started(['get', 'triggers', '--watch', '--data-dir', server.dataDir]);
    await until('the list', () => watching.stdout().includes('ship'));
    const before = watching.stdout().length;
    manifests.write('later.yaml', trigger('added-later', { subscriber: uri(`${sinkUrl}/later`) }));
    await until('the change', () => watching.stdout().slice(before).includes('added-later'));
    const [row] = linesOf(watching.stdout().slice(before));
    expect(row).toMatch(/^added-later +default/);
    manifests.remove('later.yaml');
    watching.end();
  });
});

describe('millrace validate', () => {
  test('exit code 0 for good files; 1 with file, line, column, field and expectation for others', async () => {
    const good = await millrace(['validate', '-f', 'm'], { cwd: folder.path });
    expect(good).toMatchObject({ code: 0, stdout: '' });
    expect(good.stderr).toMatch(/6 objects valid/);
    writeFileSync(
      join(folder.path, 'bad.yaml'),
      documents(broker(), trigger('x', { filters: '[{ exactt: { type: a } }]' })),
    );
    const bad = await millrace(['validate', '-f', 'bad.yaml'], { cwd: folder.path });
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(
      /^bad\.yaml:\d+:\d+ \(document 2\) spec\.filters\[0\]\.exactt: .*did you mean "exact"\?/,
    );
    const json = await millrace(['validate', '-f', 'bad.yaml', '-o', 'json'], { cwd: folder.path });
    expect(JSON.parse(json.stdout).problems[0]).toMatchObject({ document: 2, field: 'spec.filters[0].exactt' });
  });

  test('the example’s manifests are valid', async () => {
    const result = await millrace(['validate', '-f', 'examples/github/manifests'], { cwd: root });
    expect(result).toMatchObject({ code: 0 });
  });
});

describe('millrace explain', () => {
  beforeAll(async () => {
    await post('order.created', 'first');
    await post('order.paid', 'second', { 'ce-region': 'eu' });
    await post('Order.Paid', 'third');
  });

  test('a stored event by number: a tree with TRUE and FALSE, what was wanted and what was got', async () => {
    const { stdout, stderr, code } = await run('explain', '0');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^#0 order\.created from \/shop, received \S+ on default\/default$/m);
    expect(stdout).toMatch(/^billing +MATCHES {2}revision 1$/m);
    expect(stdout).toMatch(/^ship +DOES NOT MATCH {2}revision 1$/m);
    expect(stdout).toMatch(/exact source "\/shop" +TRUE$/m);
    expect(stdout).toMatch(/exact type "order\.paid" +FALSE {2}got "order\.created"$/m);
    // An absent attribute is one short clause; the names that are there stand once, at the head.
    expect(stdout).toMatch(/exact region "eu" +FALSE {2}the event has none$/m);
    expect(stdout.match(/^attributes: id, /gm)).toHaveLength(1);
  });

  test('by id, and a near miss is told', async () => {
    const { stdout, code } = await run('explain', 'third', '--trigger', 'ship');
    expect(code).toBe(3);
    expect(stdout).toMatch(/got "Order\.Paid" \(differs only in case\)/);
  });

  test('attributes, an event file, and JSON: one object for one event', async () => {
    expect((await run('explain', '--type', 'order.created', '--trigger', 'billing')).code).toBe(0);
    const file = join(folder.path, 'event.json');
    writeFileSync(file, JSON.stringify({ specversion: '1.0', id: 'f', type: 'x', source: '/s', region: 'eu' }));
    const { stdout, code } = await run('explain', '--event', 'event.json', '-o', 'json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      event: { attributes: { id: 'f', region: 'eu' } },
      matches: ['europe'],
      triggers: expect.arrayContaining([expect.objectContaining({ name: 'ship', matches: false })]),
    });
  });

  test('-f with --against last:N: what an edited trigger would change', async () => {
    const edited = trigger('ship', { filters: '[{ exact: { type: order.created } }]', subscriber: uri(sinkUrl) });
    writeFileSync(join(folder.path, 'edited.yaml'), edited);
    const { stdout, code } = await run('explain', '-f', 'edited.yaml', '--against', 'last:500');
    expect(code).toBe(0);
    expect(stdout).toContain('default/ship: 1 of 3 events match (scanned 3 of 3)');
    expect(stdout).toContain('1 gained, 1 lost, 1 unchanged');
    expect(stdout).toContain('gained #0 order.created');
    writeFileSync(join(folder.path, 'edited.yaml'), edited.replace('order.created', 'nothing'));
    expect((await run('explain', '-f', 'edited.yaml', '--against', 'last:500')).code).toBe(3);
  });

  test('an event that is not stored, a trigger that is not there: exit code 3, and what was looked at', async () => {
    const result = await run('explain', '4711');
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(/no stored event 4711 \(looked at \d+ of \d+ events\)/);
    expect((await run('explain', '0', '--trigger', 'nobody')).code).toBe(3);
  });
});

describe('millrace tail', () => {
  test('lines for people; JSON lines for programs; only events of a trigger', async () => {
    const people = started(['tail', '--data-dir', server.dataDir]);
    const json = started(['tail', '-o', 'json', '--trigger', 'billing', '--data-dir', server.dataDir]);
    const line =
      /^\d\d:\d\d:\d\d {2}#\d+ {2}order\.created {2}\/shop {2}-> billing ok \d+ms {2}-> europe – no match: no region/m;
    // A reader that just connected may miss what was sent before, or its first half: it is sent until both have all of one.
    await until('both have lines', async () => {
      await post('order.created', 'tailed');
      await post('other', 'not for billing');
      return line.test(people.stdout()) && json.stdout().includes('settled');
    });
    people.end();
    json.end();
    expect(people.stdout()).toMatch(line);
    const items = linesOf(json.stdout().slice(0, json.stdout().lastIndexOf('\n'))).map((line) => JSON.parse(line));
    expect(items.every(({ type }) => type === 'order.created')).toBe(true);
    expect(items).toContainEqual(
      expect.objectContaining({ kind: 'settled', trigger: 'billing', outcome: 'delivered' }),
    );
  });

  test('`| head -1` ends it quietly with 0', async () => {
    const shell = spawn(
      'bash',
      ['-c', 'set -o pipefail; "$@" | head -1', 'bash', ...commandLine(['tail', '-o', 'json'])],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stderr = '';
    shell.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    const ended = new Promise<number | null>((resolve) => shell.once('close', resolve));
    let code: number | null | undefined;
    void ended.then((value) => {
      code = value;
    });
    await until('it ended', async () => {
      if (code === undefined) await post('order.created', 'piped');
      return code !== undefined;
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  const commandLine = (args: readonly string[]) => [
    process.execPath,
    '--conditions=source',
    join(root, 'packages', 'cli', 'bin', 'millrace.mjs'),
    ...args,
    '--data-dir',
    server.dataDir,
  ];
});

/** A command that goes on, as a process. */
function started(args: readonly string[]) {
  const child = spawn(
    process.execPath,
    ['--conditions=source', join(root, 'packages', 'cli', 'bin', 'millrace.mjs'), ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    },
  );
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  return { stdout: () => stdout, end: () => void child.kill('SIGTERM') };
}

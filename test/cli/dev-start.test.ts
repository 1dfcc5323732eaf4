/** `millrace dev` starts: what it says, what it listens on, and what it refuses. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { broker, documents, Manifests, trigger } from '../support/manifests.ts';
import { millrace, type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { untilSays } from './support/waiting.ts';

const escapeChar = String.fromCharCode(27);
const folder = temporaryFolder();
const servers: Server[] = [];
const start = async (...[args, name, options]: [string[], string, Parameters<typeof startServer>[2]?]) => {
  const server = await startServer(args, join(folder.path, name), { cwd: folder.path, ...options });
  servers.push(server);
  return server;
};
const end = async (server: Server) => {
  server.kill('SIGTERM');
  return server.exited;
};

afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL');
  await Promise.all(servers.map(({ exited }) => exited));
  folder.remove();
});

function occupy(port: number): Promise<NetServer> {
  return new Promise((resolve, reject) => {
    const holder = createServer();
    holder.once('error', reject);
    holder.listen(port, '127.0.0.1', () => resolve(holder));
  });
}
const portOf = (holder: NetServer) => (holder.address() as { port: number }).port;

/** Addresses on which a process listens, by the kernel: hexadecimal, in the machine's byte order. */
function listening(pid: number): readonly string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1]),
  );
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').trimEnd().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(inode))
    .map(([, local]) => (local ?? '').split(':')[0] ?? '');
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

describe('a first start, without files and with an empty data directory', () => {
  test('runs the broker default, says how to add a trigger, and keeps stdout for data', async () => {
    const server = await start([], 'empty');
    const { apiUrl, dataUrl, dataDir, pid } = server;
    const said = server.stderr();
    expect(server.stdout()).toBe('');
    expect(said).toMatch(/^millrace: version=\S+ mode=local node=\S+ data=\S+empty log=local durable=true events=0$/m);
    expect(said).toContain(`millrace: broker=default/default send=${dataUrl}/default/default\n`);
    expect(said).toMatch(/^millrace: hint no trigger yet: .* with -f FILE$/m);
    // The ready line is the last, and it is one.
    expect(said.trimEnd().split('\n').at(-1)).toMatch(
      /^millrace: ready data=http:\/\/localhost:\d+ api=http:\/\/localhost:\d+ pid=\d+ in=\d/,
    );
    expect(said.match(/^millrace: ready /gm)).toHaveLength(1);
    expect(said).not.toMatch(/[✓✗→↻]/u);
    expect(said).not.toContain(escapeChar);

    // Both listeners are bound and answer when it says ready: no retry here.
    expect((await fetch(`${apiUrl}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${apiUrl}/healthz`)).json()).toEqual({ status: 'ok' });
    const sent = await fetch(`${dataUrl}/default/default`, {
      method: 'POST',
      headers: { 'ce-id': '1', 'ce-type': 'a', 'ce-source': '/s', 'ce-specversion': '1.0' },
    });
    expect(sent.status).toBe(202);
    await untilSays(server, /#0 {2}a {2}\/s {2}no trigger wanted it/);

    const bound = listening(pid);
    expect(bound.length).toBe(2);
    // 127.0.0.1.
    expect(new Set(bound)).toEqual(new Set(['0100007F']));

    // The pid file names the process and its ports.
    const record = readFileSync(join(dataDir, 'pid'), 'utf8');
    expect(record).toContain(String(pid));
    expect(record).toContain(new URL(apiUrl).port);

    expect(await end(server)).toEqual({ code: 0, signal: null });
    expect(server.stderr()).toMatch(/^millrace: stopping in-flight=0$/m);
    expect(server.stderr()).toMatch(/^millrace: stopped events=1 handed-back=0 after=/m);

    // A second start: what was kept is there, and the banner says so.
    const again = await start([], 'empty');
    expect(again.stderr()).toMatch(/durable=true events=1$/m);
    await end(again);
  });
});

describe('--log-format json', () => {
  test('every line on stderr is a JSON object, the ready line and a failure among them', async () => {
    const dataDir = join(folder.path, 'json');
    const child = millrace(['dev', '--data-dir', dataDir, '--port', '0', '--api-port', '0', '--log-format', 'json'], {
      cwd: folder.path,
    });
    const { code } = await untilStopped(dataDir);
    expect(code).toBe(0);
    const { stderr, stdout, code: ended } = await child;
    expect({ stdout, ended }).toEqual({ stdout: '', ended: 0 });
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['ready', 'stopping', 'stopped']));
    expect(lines.find(({ msg }) => msg === 'ready')).toMatchObject({ apiUrl: expect.stringContaining('http://') });

    const refused = await millrace(['dev', '-f', 'nothing-here', '--log-format', 'json'], { cwd: folder.path });
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.stderr)).toMatchObject({ level: 50, msg: expect.stringContaining('nothing-here') });
  });

  /** Waits for the server and stops it, by commands. */
  async function untilStopped(dataDir: string) {
    const waited = await millrace(['wait', '--data-dir', dataDir, '--timeout', '20s']);
    expect(waited).toMatchObject({ code: 0, stdout: '' });
    return millrace(['stop', '--data-dir', dataDir]);
  }
});

describe('ports', () => {
  test('a default port that is taken moves on and says so; an explicit one fails naming its holder', async () => {
    const holder = await occupy(8080).catch(() => occupy(0));
    try {
      const dataDir = join(folder.path, 'defaults');
      const running = millrace(['dev', '--data-dir', dataDir, '--api-port', '0'], { cwd: folder.path });
      await millrace(['wait', '--data-dir', dataDir]);
      const { stdout: url } = await millrace(['url', '--data-dir', dataDir]);
      await millrace(['stop', '--data-dir', dataDir]);
      expect((await running).stderr).toMatch(
        /^millrace: warning port 8080 is held by .*; using \d+\. --port 8080 would fail instead$/m,
      );
      expect(Number(new URL(url).port)).toBeGreaterThan(8080);
      const taken = await millrace(
        ['dev', '--port', String(portOf(holder)), '--api-port', '0', '--data-dir', 'taken'],
        { cwd: folder.path },
      );
      expect(taken.code).toBe(1);
      expect(taken.stderr).toContain(`port ${portOf(holder)} is held by`);
      expect(taken.stderr).toContain(`pid ${process.pid}`);
      expect(taken.stdout).toBe('');
    } finally {
      holder.close();
    }
  });
});

describe('what it is started with', () => {
  test('-f with a path that is not there: a clear error, and nothing runs', async () => {
    const result = await millrace(['dev', '-f', 'manifest', '--data-dir', 'nope'], { cwd: folder.path });
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toMatch(/^millrace: manifest: no such file or folder$/m);
  });

  test('the banner counts the objects of the files and names what is not ready and why', async () => {
    const manifests = new Manifests(join(folder.path, 'facts'));
    manifests.write(
      'a.yaml',
      documents(broker('orders'), trigger('ship', { broker: 'orders' }), trigger('lost', { broker: 'nowhere' })),
    );
    const server = await start(['-f', 'facts', '--quiet'], 'facts-data');
    const said = server.stderr();
    expect(said).toMatch(/^millrace: objects=3 files=facts$/m);
    expect(said).toMatch(/^millrace: broker=default\/orders send=/m);
    expect(said).toMatch(/^millrace: warning trigger\/lost is not ready: .*nowhere/m);
    expect(said).not.toContain('hint no trigger');

    // --quiet: no live lines.
    await server.run(['send', 'orders', '--type', 'x']);
    await end(server);
    expect(server.stderr()).not.toContain('#0');
  });

  test('--log memory says that nothing is kept', async () => {
    const server = await start(['--log', 'memory'], 'memory');
    expect(server.stderr()).toMatch(/durable=false/);
    await end(server);
  });
});

describe('--log with a server', () => {
  test.each([
    ['kafka://127.0.0.1:1', /no Kafka server answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)/, /pnpm servers kafka/],
    ['nats://127.0.0.1:1', /no NATS server answers at 127\.0\.0\.1:1 \(ECONNREFUSED\)/, /pnpm servers nats/],
  ])('that is missing (%s): exit code 4, which one, and how to start it', async (log, which, how) => {
    const args = ['dev', '--data-dir', join(folder.path, 'no-server'), '--port', '0', '--api-port', '0', '--log', log];
    const { code, stdout, stderr } = await millrace(args);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(which);
    expect(stderr).toMatch(how);
  });

  test('and a password in it: exit code 2, and it is not repeated', async () => {
    const { code, stderr } = await millrace(['dev', '--log', 'kafka://me:geheim@127.0.0.1:1']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/MILLRACE_KAFKA_PASSWORD/);
    expect(stderr).not.toContain('geheim');
  });
});

describe('a second start on the same data directory', () => {
  test('refuses, naming the process; --take-over ends it first and goes on with its events', async () => {
    const first = await start([], 'shared');
    await first.run(['send', '--type', 'kept']);
    const second = await millrace(['dev', '--data-dir', first.dataDir, '--port', '0', '--api-port', '0']);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`in use by process ${first.pid} (`);
    expect(second.stderr).toMatch(/millrace stop.*--take-over/);
    expect((await fetch(`${first.apiUrl}/readyz`)).status).toBe(200);

    const heir = await start(['--take-over'], 'shared');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(heir.stderr()).toMatch(/events=1$/m);
    expect(heir.pid).not.toBe(first.pid);
    await end(heir);
  });
});

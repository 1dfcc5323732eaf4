/** The command at a terminal, by a pseudo-terminal of util-linux's `script`; and what it leaves out where there is none. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { broker, documents, Manifests, trigger } from '../support/manifests.ts';
import { millrace, type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { root } from '../support/tree.ts';
import { until } from './support/waiting.ts';

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
const escapeChar = String.fromCharCode(27);
const colorPattern = new RegExp(`${escapeChar}\\[[0-9;]*m`, 'g');
const writtenOver = new RegExp(`[^\\n]*\\r${escapeChar}\\[K`, 'g');
const entry = join(root, 'packages', 'cli', 'bin', 'millrace.mjs');

/** Runs the command at a terminal of 90 columns; what is written to it is typed. */
function atTerminal(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = folder.path) {
  const line = [process.execPath, '--conditions=source', entry, ...args].map((word) => `'${word}'`).join(' ');
  const { NO_COLOR: _noColor, FORCE_COLOR: _forceColor, ...rest } = process.env;
  const child: ChildProcess = spawn('script', ['-qefc', `stty cols 90 rows 40; exec ${line}`, '/dev/null'], {
    cwd,
    env: { ...rest, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let screen = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    raw: () => screen,
    // What a person sees: a line that was written over is gone.
    text: () => screen.replaceAll(writtenOver, '').replaceAll(colorPattern, '').replaceAll('\r\n', '\n'),
    type: (text: string) => void child.stdin?.write(text),
    ended,
    kill: () => void child.kill('SIGKILL'),
  };
}

beforeAll(() => {
  // It is in every Linux distribution's base system.
  execFileSync('script', ['--version']);
  manifests.write(
    'm.yaml',
    documents(broker('orders'), trigger('bill', { broker: 'orders', delivery: '{ retry: 0 }' })),
  );
});

afterAll(() => folder.remove());

describe('millrace dev at a terminal', () => {
  test('a page with symbols and colours, live lines within the width, Ctrl-C drains and exits with 0', async () => {
    const dataDir = join(folder.path, 'data');
    const terminal = atTerminal(['dev', '-f', 'm', '--data-dir', dataDir, '--port', '0', '--api-port', '0']);
    await until('it is ready', () => terminal.text().includes('Ready in'));
    const page = terminal.text();
    expect(page).toMatch(/^millrace \S+ {2}local mode, node \S+$/m);
    expect(page).toMatch(/^ {2}✓ 2 objects from m \(1 broker, 1 trigger\)$/m);
    expect(page).toMatch(/^ {2}Send {5}http:\/\/localhost:\d+\/default\/orders$/m);
    expect(page).toMatch(/^ {2}kubectl {2}kubectl --server http:\/\/localhost:\d+ get brokers,triggers$/m);
    expect(page).toMatch(/^ {2}Data {5}data \(0 events kept, 0 B, durable\)$/m);
    expect(page).toMatch(/^ {2}Try: npx millrace send orders --type/m);
    expect(page).toMatch(/^Ready in \S+\. Watching m\. {3}Ctrl-C stop$/m);
    expect(page).not.toContain('millrace: ready');
    expect(terminal.raw()).toMatch(colorPattern);

    const source = `/apis/v1/namespaces/default/pingsources/${'x'.repeat(60)}`;
    await millrace(['send', 'orders', '--source', source, '--type', 'order.created', '--data-dir', dataDir]);
    await until('the live line', () => terminal.text().includes('→ bill ✗'));
    const lines = terminal.text().slice(page.length).split('\n');
    expect(lines.find((line) => line.includes('#0'))).toMatch(/^\d\d:\d\d:\d\d {2}#0 {2}order\.created {2}…/);
    expect(lines.filter((line) => [...line].length > 90)).toEqual([]);

    manifests.write(
      'm.yaml',
      documents(broker('orders'), trigger('bill', { broker: 'orders', filters: '[{ exact: { type: x } }]' })),
    );
    await until('the change', () => / {2}~ trigger\/bill/.test(terminal.text()));

    terminal.type('\u0003');
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toMatch(
      /stopping: 0 in flight, waiting up to 20s \(again: stop now\)\nStopped\. 1 event kept; cursors saved\.\n$/,
    );
  });

  test('a data directory that is in use: it asks, with no as the answer of an empty line, and takes over on yes', async () => {
    const dataDir = join(folder.path, 'asked');
    const first: Server = await startServer(['--quiet'], dataDir);
    const args = ['dev', '--data-dir', dataDir, '--port', '0', '--api-port', '0'];
    const question = /in use by process \d+ .*End it and take over\? \[y\/N\] $/s;

    const refused = atTerminal(args);
    await until('the question', () => question.test(refused.text()));
    refused.type('\n');
    expect(await refused.ended).toBe(1);
    expect(refused.text()).toContain('--take-over');
    expect((await fetch(`${first.apiUrl}/readyz`)).status).toBe(200);

    const agreed = atTerminal(args);
    await until('the question', () => question.test(agreed.text()));
    agreed.type('y\n');
    await until('it took over', () => agreed.text().includes('Ready in'));
    expect(await first.exited).toEqual({ code: 0, signal: null });
    // The terminal's keys work as before the question.
    agreed.type('\u0003');
    expect(await agreed.ended).toBe(0);

    const another: Server = await startServer(['--quiet'], dataDir);
    const interrupted = atTerminal(args);
    await until('the question', () => question.test(interrupted.text()));
    interrupted.type('\u0003');
    expect(await interrupted.ended).toBe(1);
    another.kill('SIGKILL');
    await another.exited;
  });
});

describe('millrace start at a terminal', () => {
  test('Ctrl-C in the middle ends it in order, and says that nothing was shown', async () => {
    const args = ['start', '--data-dir', join(folder.path, 'start'), '--port', '0', '--api-port', '0'];
    const terminal = atTerminal(args, {}, root);
    await until('the demonstration begins', () => terminal.text().includes('Ready in'));
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(1);
    expect(terminal.text()).toMatch(/stopping: \d+ in flight, waiting up to 20s \(again: stop now\)$/m);
    expect(terminal.text()).toMatch(/^millrace: the demonstration was stopped before its end; what it took is kept$/m);
    expect(terminal.text()).toMatch(/^Stopped\. [\d,]+ events? kept; cursors saved/m);
    expect(terminal.text()).not.toContain('demonstration: ');
  });
});

describe('colour', () => {
  test('at a terminal unless NO_COLOR; elsewhere only by FORCE_COLOR or --color', async () => {
    const wrong = ['get', 'frobs'];
    const colored = atTerminal(wrong);
    const plain = atTerminal(wrong, { NO_COLOR: '1' });
    const [, , piped, forced, flagged, off] = await Promise.all([
      colored.ended,
      plain.ended,
      millrace(wrong, { env: { NO_COLOR: '' } }),
      millrace(wrong, { env: { NO_COLOR: '1', FORCE_COLOR: '1' } }),
      millrace([...wrong, '--color', 'always']),
      millrace([...wrong, '--color=never'], { env: { FORCE_COLOR: '1' } }),
    ]);
    expect(colored.raw()).toContain(escapeChar);
    expect(plain.raw()).not.toContain(escapeChar);
    expect(piped.stderr).not.toContain(escapeChar);
    expect(forced.stderr).toContain(escapeChar);
    expect(flagged.stderr).toContain(escapeChar);
    expect(off.stderr).not.toContain(escapeChar);
  });
});

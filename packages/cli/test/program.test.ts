/** The command line as a whole: every command has its help, with examples, on stdout. */
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/commands/index.ts';
import { runCli } from '../src/program.ts';
import { colorsFor } from '../src/terminal/color.ts';
import type { OutStream } from '../src/terminal/io.ts';

async function run(...args: string[]) {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err'): OutStream => ({
    write: (text) => {
      written[name] += text;
    },
    status: () => undefined,
    isTTY: false,
    columns: 80,
    colors: colorsFor('never', {}, false),
  });
  const io = {
    out: stream('out'),
    err: stream('err'),
    env: {},
    cwd: '/',
    canAsk: false,
    ask: async () => undefined,
    readInput: async () => Buffer.alloc(0),
  };
  const code = await runCli(args, { io, clock: new VirtualClock(), random: new SeededRandom(1) });
  return { code, ...written };
}

const names = ['dev', 'stop', 'wait', 'url', 'send', 'get', 'tail', 'explain', 'dead-letters', 'validate', 'start'];

describe('--help', () => {
  test('of the program names every command, its examples and the exit codes', async () => {
    const { code, out, err } = await run('--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(names).toHaveLength(commands.length);
    for (const name of names) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(out).toMatch(/\nExamples:\n {2}millrace /);
    expect(out).toContain('Exit codes: 0 ok, 1 failed, 2 usage, 3 absent or no match, 4 unreachable, 5 timeout.');
  });

  test.each(names)('of %s has examples of it, on lines that fit', async (name) => {
    const { code, out, err } = await run(name, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`\nExamples:\n(  .*\n)*  millrace ${name}`));
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  test('of a command that is not there: exit code 2, and nothing on stdout', async () => {
    const { code, out, err } = await run('frobnicate');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain("unknown command 'frobnicate'");
  });
});

import { describe, expect, test } from 'vitest';
import { askYesNo } from '../../src/terminal/ask.ts';
import { colorsFor } from '../../src/terminal/color.ts';
import type { Io } from '../../src/terminal/io.ts';

function ioThatAnswers(answer: string | undefined, canAsk = true) {
  const asked: string[] = [];
  const stream = { write() {}, status() {}, isTTY: true, columns: 80, colors: colorsFor('never', {}, true) };
  const io: Io = {
    out: stream,
    err: stream,
    env: {},
    cwd: '/',
    canAsk,
    ask: async (question) => {
      asked.push(question);
      return answer;
    },
    readInput: async () => Buffer.alloc(0),
  };
  return { io, asked };
}

describe('a yes-or-no question', () => {
  test.each([
    ['y', true],
    ['YES', true],
    [' y ', true],
    ['', false],
    ['n', false],
    ['yesterday', false],
    [undefined, false],
  ])('%j means %j', async (answer, wanted) => {
    const { io, asked } = ioThatAnswers(answer);
    expect(await askYesNo(io, 'Take over?', new AbortController().signal)).toBe(wanted);
    expect(asked).toEqual(['? Take over? [y/N] ']);
  });

  test('where nobody can be asked the answer is no, and nothing is printed', async () => {
    const { io, asked } = ioThatAnswers('y', false);
    expect(await askYesNo(io, 'Take over?', new AbortController().signal)).toBe(false);
    expect(asked).toEqual([]);
  });

  test('once the end has begun nobody is asked any more', async () => {
    const { io, asked } = ioThatAnswers('y');
    expect(await askYesNo(io, 'Take over?', AbortSignal.abort())).toBe(false);
    expect(asked).toEqual([]);
  });
});

import { VirtualClock } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { colorsFor, wantsColor } from '../../src/terminal/color.ts';
import type { OutStream } from '../../src/terminal/io.ts';
import { progressLine } from '../../src/terminal/progress.ts';
import { statusLine } from '../../src/terminal/status-line.ts';
import { cut, flow, renderTable, stripColors, widthOf } from '../../src/terminal/table.ts';
import { bytesText, parseShortDuration, plural, shortDuration } from '../../src/terminal/text.ts';

describe('colour: flag, FORCE_COLOR, NO_COLOR, TERM=dumb, terminal, in this order', () => {
  test.each([
    ['the flag wins over everything', 'never', { FORCE_COLOR: '1' }, true, false],
    ['the flag turns it on without a terminal', 'always', { NO_COLOR: '1' }, false, true],
    ['FORCE_COLOR wins over NO_COLOR', 'auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    ['FORCE_COLOR=0 turns it off', 'auto', { FORCE_COLOR: '0' }, true, false],
    ['NO_COLOR wins over the terminal', 'auto', { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR says nothing', 'auto', { NO_COLOR: '' }, true, true],
    ['TERM=dumb has none', 'auto', { TERM: 'dumb' }, true, false],
    ['a pipe has none', 'auto', {}, false, false],
  ] as const)('%s', (_what, flag, env, isTTY, wanted) => {
    expect(wantsColor(flag, env, isTTY)).toBe(wanted);
  });
});

describe('tables', () => {
  test('columns stand below each other and numbers stand at the right', () => {
    const text = renderTable({
      headers: ['NAME', 'LAG'],
      rows: [
        ['billing', '7'],
        ['a', '1204'],
      ],
      right: [1],
    });
    expect(text).toBe('NAME       LAG\nbilling      7\na         1204\n');
  });

  test('colour does not count for the width', () => {
    const { red } = colorsFor('always', {}, true);
    const text = renderTable({ headers: ['A', 'B'], rows: [[red('x'), 'y']] });
    expect(stripColors(text)).toBe('A   B\nx   y\n');
    expect(widthOf(red('abc'))).toBe(3);
  });

  test('a line longer than the terminal is cut with an ellipsis', () => {
    expect(cut('0123456789', 5)).toBe('0123…');
    expect(cut('01234', 5)).toBe('01234');
  });

  test('a colour that began is ended also where the line is cut', () => {
    const { red } = colorsFor('always', {}, true);
    expect(cut(`a${red('0123456789')}`, 5)).toBe(`a${red('012…')}`);
  });

  test('parts flow over lines, each below the first; one that is too long is cut', () => {
    expect(flow(['12:00:00', '#1', 'order.created', '→ bill ✓ 3ms'], 30, 4)).toEqual([
      '12:00:00  #1  order.created',
      '    → bill ✓ 3ms',
    ]);
    expect(flow(['a', 'b'.repeat(20)], 10, 2)).toEqual(['a', '  bbbbbbb…']);
    expect(flow(['a', 'b'.repeat(20)], undefined, 2)).toEqual([`a  ${'b'.repeat(20)}`]);
  });
});

describe('texts', () => {
  test.each([
    [12, '12ms'],
    [1_200, '1.2s'],
    [42_400, '42s'],
    [190_000, '3m10s'],
    [7_500_000, '2h5m'],
    [345_600_000, '4d'],
  ])('%d ms is %s', (ms, text) => expect(shortDuration(ms)).toBe(text));

  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5', 5_000],
    ['2m', 120_000],
    ['x', undefined],
    ['-1s', undefined],
  ])('--timeout %s is %s ms', (text, ms) => expect(parseShortDuration(text)).toBe(ms));

  test('sizes and counts', () => {
    expect(bytesText(1_536)).toBe('1.5 KiB');
    expect(plural(1, 'event')).toBe('1 event');
    expect(plural(1_204, 'event')).toBe('1,204 events');
  });
});

describe('a status below what is written', () => {
  const takeAway = '\r\u001b[K';
  const screen = (columns = 20) => {
    const written: string[] = [];
    return {
      written,
      ...statusLine(
        (text) => written.push(text),
        () => columns,
      ),
    };
  };

  test('a line goes above it, and it is drawn again', () => {
    const { write, status, written } = screen();
    status('1 of 2');
    write('a line\n');
    status('2 of 2');
    status(undefined);
    expect(written).toEqual(['1 of 2', `${takeAway}a line\n1 of 2`, `${takeAway}2 of 2`, takeAway]);
  });

  test('W1: it is never as wide as the terminal, so that it can be taken away', () => {
    const { status, written } = screen(8);
    status('0123456789');
    expect(written).toEqual(['012345…']);
  });

  test('W2: text that does not end its line is left alone', () => {
    const { write, status, written } = screen();
    status('1 of 2');
    write('a ques');
    write('tion\n');
    expect(written).toEqual(['1 of 2', `${takeAway}a ques`, 'tion\n1 of 2']);
  });
});

describe('progress of what takes more than two seconds', () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    const out: OutStream = {
      write: (text) => void written.push(text),
      status: (text) => void written.push(`status ${text}`),
      isTTY,
      columns: 80,
      colors: colorsFor('never', {}, isTTY),
    };
    return { out, written };
  };

  test('work that is done before leaves no trace', async () => {
    const clock = new VirtualClock();
    const { out, written } = stream(true);
    const progress = progressLine(out, clock, (n: number) => `${n}`);
    progress.update(1);
    await clock.advance(1_500);
    progress.update(2);
    progress.end();
    expect(written).toEqual([]);
  });

  test('without a terminal there is no cursor movement', async () => {
    const clock = new VirtualClock();
    const { out, written } = stream(false);
    const progress = progressLine(out, clock, (n: number) => `${n} done`);
    await clock.advance(2_500);
    progress.update(1);
    await clock.advance(1_000);
    progress.update(2);
    progress.end();
    expect(written).toEqual(['1 done\n']);
  });
});

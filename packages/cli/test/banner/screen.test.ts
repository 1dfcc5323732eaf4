/** What a running server says: for a person, for a script, for a collector. */
import { VirtualClock } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { jsonScreen, type ScreenOptions, textScreen } from '../../src/banner/screen.ts';
import { failed } from '../../src/exit.ts';
import { colorsFor } from '../../src/terminal/color.ts';

function screenOptions(isTTY: boolean): { readonly options: ScreenOptions; readonly written: () => string } {
  let text = '';
  const stream = {
    write(more: string) {
      text += more;
    },
    status: () => undefined,
    isTTY,
    columns: 60,
    colors: colorsFor('never', {}, isTTY),
  };
  return { options: { stream, clock: new VirtualClock(), verbose: false, logLevel: 'warn' }, written: () => text };
}

const end = { eventsKept: 3, durable: true, handedBack: 0, ranMs: 1_500, failures: [] };

describe('at a terminal', () => {
  test('a note flows behind its time and symbol, and no line is longer than the terminal is wide', () => {
    const { options, written } = screenOptions(true);
    textScreen(options).problem('e/t.yaml:6:16 spec.filters[0].exactt: unknown field; did you mean "exact"?; more');
    const lines = written().trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d {2}✗ e\/t\.yaml:6:16 /);
    expect(lines[1]).toMatch(/^ {12}\S/);
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
  });

  test('lines of consumers stand below each other behind their names', () => {
    const { options, written } = screenOptions(true);
    const screen = textScreen(options);
    screen.consumerLine('a', 'one');
    screen.consumerLine('a-long-consumer', 'two');
    screen.consumerLine('a', 'three');
    expect(written()).toBe('a            | one\na-long-consumer | two\na               | three\n');
  });

  test.each([
    [{}, 'Stopped. 3 events kept; cursors saved.\n'],
    [{ handedBack: 2 }, 'Stopped. 3 events kept; cursors saved; 2 deliveries will be made again.\n'],
    [{ durable: false }, 'Stopped. Nothing is kept (--log memory).\n'],
    [{ failures: ['log: x'] }, 'millrace: not ended in order: log: x\nStopped. 3 events kept; cursors saved.\n'],
  ])('the last words of %j', (more, text) => {
    const { options, written } = screenOptions(true);
    textScreen(options).stopped({ ...end, ...more });
    expect(written()).toBe(text);
  });
});

describe('without one', () => {
  test('plain lines, each with its word', () => {
    const { options, written } = screenOptions(false);
    const screen = textScreen(options);
    screen.starting({ version: '1', nodeVersion: '2' });
    screen.change('trigger/a changed');
    screen.problem('a.yaml: wrong');
    screen.logger.warn('slow', { ms: 5 });
    screen.stopping(2, '20s');
    screen.stopped(end);
    expect(written()).toBe(
      'millrace: changed trigger/a changed\nmillrace: error a.yaml: wrong\nmillrace: warning slow ms=5\n' +
        'millrace: stopping in-flight=2\nmillrace: stopped events=3 handed-back=0 after=1.5s\n',
    );
  });
});

describe('--log-format json', () => {
  test('announcements are JSON lines whatever the log level, and a failure is one as well', async () => {
    const { options, written } = screenOptions(false);
    const screen = await jsonScreen({ ...options, logLevel: 'error' });
    screen.change('trigger/a changed');
    screen.logger.warn('left out by the level');
    expect(screen.failed(failed('no port', 'take another'))).toBe(true);
    expect(screen.failed(new Error('a bug'))).toBe(false);
    const lines = written()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { msg: 'changed', text: 'trigger/a changed' },
      { msg: 'no port', hint: 'take another' },
    ]);
  });
});

import { VirtualClock } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { LiveView } from '../../src/live/view.ts';
import type { FailedAttemptItem, SettledItem, TakenItem } from '../../src/live/wire.ts';
import { colorsFor } from '../../src/terminal/color.ts';

function viewOn(
  clock: VirtualClock,
  options: { readonly symbols?: boolean; readonly verbose?: boolean; readonly columns?: number } = {},
) {
  const { columns } = options;
  const lines: string[] = [];
  const view = new LiveView({
    clock,
    colors: colorsFor('never', {}, false),
    symbols: options.symbols ?? true,
    verbose: options.verbose ?? false,
    ...(columns === undefined ? {} : { columns: () => columns }),
    write: (line) => lines.push(line.replace(/^\d\d:\d\d:\d\d {2}/, '')),
  });
  return { view, lines };
}

const taken = (offset: number, more: Partial<TakenItem> = {}): TakenItem => ({
  kind: 'event',
  broker: 'default/default',
  partition: 0,
  offset,
  time: '2026-01-01T00:00:00.000Z',
  id: `e${offset}`,
  type: 'order.created',
  source: '/shop',
  dataBytes: 2,
  matched: ['billing'],
  ...more,
});

const settled = (offset: number, trigger: string, more: Partial<SettledItem> = {}): SettledItem => ({
  kind: 'settled',
  broker: 'default/default',
  partition: 0,
  offset,
  type: 'order.created',
  trigger,
  outcome: 'delivered',
  attempts: 1,
  latencyMs: 12,
  ...more,
});

/** The first attempt at billing, which failed. */
const failed = (more: Pick<FailedAttemptItem, 'attemptsMax' | 'error' | 'retryInMs'>): FailedAttemptItem => ({
  ...settled(1, 'billing'),
  kind: 'attempt-failed',
  attempt: 1,
  ...more,
});

describe('live lines', () => {
  test('an event is one line, told when all its deliveries have ended', () => {
    const { view, lines } = viewOn(new VirtualClock());
    view.show(taken(1205, { matched: ['billing', 'audit'], notMatched: [{ trigger: 'ship', reason: 'type' }] }));
    view.show(settled(1205, 'billing'));
    expect(lines).toEqual([]);
    view.show(settled(1205, 'audit', { attempts: 2, latencyMs: 30 }));
    expect(lines).toEqual([
      '#1205  order.created  /shop  → billing ✓ 12ms  → audit ✓ 30ms, 2 attempts  → ship – no match: type',
    ]);
  });

  test('a delivery that takes longer gets a line of its own', async () => {
    const clock = new VirtualClock();
    const { view, lines } = viewOn(clock);
    view.show(taken(1));
    view.show(failed({ attemptsMax: 6, error: 'ECONNREFUSED', retryInMs: 1_000 }));
    await clock.advance(1_000);
    view.show(settled(1, 'billing', { outcome: 'dead-lettered', attempts: 6, to: 'store', error: 'ECONNREFUSED' }));
    expect(lines).toEqual([
      '#1  order.created  /shop  → billing ↻ 1/6 in 1s: ECONNREFUSED',
      '#1 → billing ✗ kept in the dead-letter store: ECONNREFUSED, 6 attempts',
    ]);
  });

  test('an event that no trigger wanted says so', () => {
    const { view, lines } = viewOn(new VirtualClock());
    view.show(taken(7, { matched: [] }));
    expect(lines).toEqual(['#7  order.created  /shop  no trigger wanted it']);
  });

  test('without a terminal there are words instead of symbols', () => {
    const { view, lines } = viewOn(new VirtualClock(), { symbols: false });
    view.show(taken(1));
    view.show(settled(1, 'billing'));
    expect(lines).toEqual(['#1  order.created  /shop  -> billing ok 12ms']);
  });

  test('V1: what is too fast to read is counted, not hidden', async () => {
    const clock = new VirtualClock();
    const { view, lines } = viewOn(clock);
    for (let offset = 0; offset < 100; offset++) {
      view.show(taken(offset));
      view.show(settled(offset, 'billing'));
    }
    await clock.advance(2_000);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('… 80 more lines not shown (too fast to read)');
  });

  test('V2: the oldest of too many that wait is shown as it stands', () => {
    const { view, lines } = viewOn(new VirtualClock());
    for (let offset = 0; offset <= 256; offset++) view.show(taken(offset));
    expect(lines).toEqual(['#0  order.created  /shop  → billing …']);
  });

  test('on a terminal no line is longer than it is wide: a long source shows its end, the rest goes below', () => {
    const { view, lines } = viewOn(new VirtualClock(), { columns: 70 });
    const notMatched = ['a', 'b', 'c', 'd'].map((trigger) => ({ trigger, reason: 'type' }));
    view.show(taken(5, { source: '/apis/v1/namespaces/default/pingsources/heartbeat', notMatched }));
    view.show(settled(5, 'billing'));
    expect(lines).toEqual(['#5  order.created  …/pingsources/heartbeat  → billing ✓ 12ms', '          – 4 no match']);
  });

  test('an event that nobody wanted names the first reasons; --verbose names all', () => {
    const notMatched = ['a', 'b', 'c', 'd'].map((trigger) => ({ trigger, reason: 'type' }));
    const some = viewOn(new VirtualClock());
    some.view.show(taken(1, { matched: [], notMatched }));
    expect(some.lines[0]).toMatch(/\/shop {2}no trigger wanted it {2}→ a – no match: type .* – 1 more no match$/);
    const all = viewOn(new VirtualClock(), { verbose: true });
    all.view.show(taken(1, { matched: [], notMatched }));
    expect(all.lines[0]).toMatch(/→ d – no match: type$/);
  });

  test('a retry that comes within the moment a line waits is not told of by itself', async () => {
    const clock = new VirtualClock();
    const { view, lines } = viewOn(clock);
    view.show(taken(1));
    view.show(failed({ attemptsMax: 3, error: 'HTTP 500', retryInMs: 50 }));
    expect(lines).toEqual([]);
    view.show(settled(1, 'billing', { attempts: 2, latencyMs: 60 }));
    expect(lines).toEqual(['#1  order.created  /shop  → billing ✓ 60ms, 2 attempts']);
  });
});

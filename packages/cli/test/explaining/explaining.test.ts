import { makeEvent, type Resource } from '@millrace/api';
import { describe, expect, test } from 'vitest';
import { compareAgainst, describeComparison } from '../../src/explaining/against.ts';
import { describeVerdicts } from '../../src/explaining/report.ts';
import { shortReason } from '../../src/explaining/tree.ts';
import { judge, judgedTrigger } from '../../src/explaining/verdicts.ts';
import { colorsFor } from '../../src/terminal/color.ts';

const colors = colorsFor('never', {}, false);

const trigger = (name: string, spec: object): Resource => ({
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Trigger',
  metadata: { name, namespace: 'default', generation: 4 },
  spec: { broker: 'default', ...spec },
});

function event(type: string, more: Record<string, string> = {}) {
  const made = makeEvent({ id: '1', source: '/shop', type, ...more });
  if (made.kind !== 'event') throw new Error(made.message);
  return made.event;
}

describe('millrace explain: a tree with TRUE and FALSE at each clause, what was wanted and what was got', () => {
  const ship = judgedTrigger(
    trigger('ship', { filters: [{ all: [{ exact: { source: '/shop' } }, { exact: { type: 'order.paid' } }] }] }),
  );

  test('a trigger that does not match shows the clause that said so', () => {
    const text = describeVerdicts(
      { title: '#1205 order.created', event: event('order.created'), verdicts: [judge(ship, event('order.created'))] },
      colors,
    );
    expect(text).toContain('ship  DOES NOT MATCH  revision 4');
    expect(text).toMatch(/exact source "\/shop" +TRUE\n/);
    expect(text).toMatch(/exact type "order\.paid" +FALSE {2}got "order\.created"/);
  });

  test('a trigger that matches says so', () => {
    expect(
      describeVerdicts({ title: 't', event: event('x'), verdicts: [judge(ship, event('order.paid'))] }, colors),
    ).toContain('ship  MATCHES');
  });

  test('a near miss is told: only the case differs', () => {
    const { trace } = judge(ship, event('Order.Paid'));
    expect(
      describeVerdicts({ title: 't', event: event('x'), verdicts: [{ trigger: ship, matches: false, trace }] }, colors),
    ).toMatch(/case/);
  });

  test('an absent attribute is one short clause, and the attributes that are there stand once at the head', () => {
    const region = judgedTrigger(
      trigger('region', { filters: [{ exact: { region: 'eu' } }, { cesql: "zone = 'a' AND type = 'x'" }] }),
    );
    const verdict = judge(region, event('x'));
    const text = describeVerdicts({ title: 't', event: event('x'), verdicts: [verdict] }, colors);
    expect(text).toMatch(/^attributes: id, source, type$/m);
    expect(text).toMatch(/exact region "eu" +FALSE {2}the event has none$/m);
    expect(text.match(/it has|has no attribute zone; /g)).toBeNull();
  });

  test('on a terminal no line is longer than it is wide: what was got goes below its clause', () => {
    const verdict = judge(ship, event('order.created'));
    const text = describeVerdicts({ title: 't', event: event('order.created'), verdicts: [verdict] }, colors, 50);
    expect(text.split('\n').filter((line) => line.length > 50)).toEqual([]);
    expect(text).toMatch(/exact type "order\.paid" +FALSE\n +got "order\.created"$/m);
  });

  test('the short reason names the attribute, or that it is absent', () => {
    expect(shortReason(judge(ship, event('x')).trace)).toBe('type');
    const region = judgedTrigger(trigger('r', { filters: [{ exact: { region: 'eu' } }] }));
    expect(shortReason(judge(region, event('x')).trace)).toBe('no region');
  });

  test('a filter that cannot be used says what is wrong with it, and matches nothing', () => {
    const broken = judgedTrigger(trigger('b', { filters: [{ cesql: '((' }] }));
    const verdict = judge(broken, event('x'));
    expect(verdict.matches).toBe(false);
    expect(verdict.trace.error).toMatch(/spec\.filters\[0\]/);
  });
});

describe('--against: what would change', () => {
  test('gained, lost and unchanged beside the applied version, and what was scanned', () => {
    const stored = ['a', 'a', 'b', 'c'].map((type, offset) => ({
      broker: 'default/default',
      partition: 0,
      offset,
      time: '',
      event: event(type),
    }));
    const now = judgedTrigger(trigger('t', { filters: [{ exact: { type: 'b' } }] }));
    const before = judgedTrigger(trigger('t', { filters: [{ exact: { type: 'c' } }] }));
    const result = compareAgainst(now, before, stored, { scanned: 4, kept: 41_203 });
    expect(result).toMatchObject({ matched: 1, change: { gained: ['#2 b'], lost: ['#3 c'], unchanged: 2 } });
    expect(describeComparison(result, 80)).toBe(
      'default/t: 1 of 4 events match (scanned 4 of 41,203)\n' +
        '  beside the applied version: 1 gained, 1 lost, 2 unchanged\n' +
        '    gained #2 b\n    lost #3 c\n  no match: type (3 events)\n',
    );
  });
});

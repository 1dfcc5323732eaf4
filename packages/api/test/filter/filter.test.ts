/** Filter dialects: reference section 3.4 with the differences of design section 7. */
import { describe, expect, it } from 'vitest';
import type { CloudEvent, NonStringType } from '../../src/event/index.ts';
import { type CompiledFilter, compileFilter, type FilterSpec, type TriggerFilter } from '../../src/filter/index.ts';

const base = { id: '1', source: '/shop', type: 'order.created', subject: 'Order 5', ext: ' x ' };

function eventWith(
  attributes: Record<string, string>,
  nonString?: Record<string, NonStringType>,
  specversion: '1.0' | '0.3' = '1.0',
): CloudEvent {
  const all = Object.assign(Object.create(null), base, attributes);
  return { specversion, attributes: all, ...(nonString ? { nonString } : {}) };
}

function compiled(filter: TriggerFilter): CompiledFilter {
  const result = compileFilter(filter);
  if (result.kind === 'error') throw new Error(`${result.path}: ${result.message}`);
  return result.filter;
}

/** The answer, after checking that the explanation agrees with it. */
function passes(filter: TriggerFilter, event: CloudEvent = eventWith({})): boolean {
  const { matches, explain } = compiled(filter);
  expect(explain(event).result).toBe(matches(event));
  return matches(event);
}

const filters = (...specs: readonly unknown[]): TriggerFilter => ({ filters: specs as FilterSpec[] });
const yes = { exact: { type: 'order.created' } };
const no = { exact: { type: 'other' } };

describe('precedence: filters decides alone when it is not empty, else attributes, else everything passes', () => {
  it.each<[string, TriggerFilter, boolean]>([
    ['nothing set', {}, true],
    ['filters: []', { filters: [] }, true],
    ['filters: [] falls back to attributes', { filters: [], attributes: { type: 'other' } }, false],
    ['filters overrides attributes', { ...filters(yes), attributes: { type: 'other' } }, true],
    ['{} entries pass', filters({}), true],
    ['{} entries are skipped', filters({}, no), false],
    ['several entries are ANDed', filters(yes, no), false],
    ['several entries that pass', filters(yes, { prefix: { source: '/' } }), true],
  ])('%s', (_name, filter, wanted) => {
    expect(passes(filter)).toBe(wanted);
  });
});

describe('dialects', () => {
  it.each<[string, TriggerFilter, boolean]>([
    ['exact', filters(yes), true],
    ['exact is case-sensitive', filters({ exact: { type: 'Order.created' } }), false],
    ['exact with two keys: both', filters({ exact: { type: 'order.created', id: '1' } }), true],
    ['exact with two keys: one fails', filters({ exact: { type: 'order.created', id: '2' } }), false],
    ['exact of an absent attribute fails', filters({ exact: { time: 'x' } }), false],
    ['prefix', filters({ prefix: { type: 'order.' } }), true],
    ['prefix of an absent attribute fails', filters({ prefix: { nope: 'x' } }), false],
    ['prefix with two keys: one fails', filters({ prefix: { type: 'order.', source: 'x' } }), false],
    ['suffix', filters({ suffix: { type: '.created' } }), true],
    ['suffix fails', filters({ suffix: { type: 'order.' } }), false],
    ['all', filters({ all: [yes, { suffix: { source: 'shop' } }] }), true],
    ['all fails as soon as one fails', filters({ all: [yes, no] }), false],
    ['any: any member passes means pass', filters({ any: [no, yes] }), true],
    ['any: whichever comes last', filters({ any: [yes, no] }), true],
    ['any fails when all fail', filters({ any: [no, no] }), false],
    ['not', filters({ not: no }), true],
    ['not of a match', filters({ not: yes }), false],
    ['not of an absent attribute passes', filters({ not: { exact: { nope: 'x' } } }), true],
    ['not {} passes, as {} does', filters({ not: {} }), true],
    ['cesql true', filters({ cesql: "type LIKE 'order.%'" }), true],
    ['cesql false', filters({ cesql: "type = 'x'" }), false],
    ['cesql: missing attribute fails', filters({ cesql: "nope != 'x'" }), false],
    ['cesql: an error fails even beside a true OR', filters({ cesql: "nope = 'x' OR TRUE" }), false],
    ['cesql: a non-boolean result fails', filters({ cesql: 'type' }), false],
    ['legacy: exact', { attributes: { type: 'order.created' } }, true],
    ['legacy: "" means present and not empty', { attributes: { subject: '' } }, true],
    ['legacy: "" on an absent attribute fails', { attributes: { time: '' } }, false],
    ['legacy: AND of keys', { attributes: { type: 'order.created', id: '2' } }, false],
    ['legacy: no keys', { attributes: {} }, true],
  ])('%s', (_name, filter, wanted) => {
    expect(passes(filter)).toBe(wanted);
  });

  it('legacy "" fails on an empty attribute', () => {
    expect(passes({ attributes: { subject: '' } }, eventWith({ subject: '' }))).toBe(false);
  });

  it.each<[string, TriggerFilter]>([
    ['legacy', { attributes: { num: '5', flag: 'true' } }],
    ['exact', filters({ exact: { num: '5', flag: 'true' } })],
    ['prefix', filters({ prefix: { num: '5', flag: 'tr' } })],
    ['suffix', filters({ suffix: { num: '5', flag: 'ue' } })],
    ['cesql', filters({ cesql: "num = '5' AND flag = 'true' AND num = 5 AND flag" })],
  ])('non-string extensions are compared as text: %s', (_name, filter) => {
    const event = eventWith({ num: '5', flag: 'true' }, { num: 'Integer', flag: 'Boolean' });
    expect(passes(filter, event)).toBe(true);
  });

  it('every attribute of the event can be named', () => {
    const event = eventWith({
      time: '2026-01-01T00:00:00Z',
      dataschema: 'http://s',
      datacontenttype: 'text/plain',
      a1: 'e',
    });
    const exact = {
      ...{ specversion: '1.0', type: 'order.created', source: '/shop', subject: 'Order 5', id: '1' },
      ...{ time: '2026-01-01T00:00:00Z', dataschema: 'http://s', schemaurl: 'http://s' },
      ...{ datacontenttype: 'text/plain', a1: 'e' },
    };
    expect(passes(filters({ exact }), event)).toBe(true);
  });

  it('dataschema finds the schemaurl of a 0.3 event', () => {
    const event = eventWith({ schemaurl: 'http://s' }, undefined, '0.3');
    expect(passes(filters({ exact: { dataschema: 'http://s', specversion: '0.3' } }), event)).toBe(true);
  });
});

describe('filters that cannot be used are errors with the path of the field', () => {
  const nested = (levels: number): unknown => (levels === 0 ? yes : { not: nested(levels - 1) });
  it.each<[string, TriggerFilter, string, string]>([
    ['empty value', filters({ exact: { type: '' } }), 'spec.filters[0].exact', 'expected a text for type'],
    ['empty key', filters(yes, { prefix: { '': 'x' } }), 'spec.filters[1].prefix', 'empty key'],
    ['upper case', filters({ suffix: { Type: 'x' } }), 'spec.filters[0].suffix', 'lower case'],
    ['number', filters({ exact: { num: 5 } }), 'spec.filters[0].exact', 'put it in quotes'],
    ['no map', filters({ exact: 'x' }), 'spec.filters[0].exact', 'expected a map'],
    [
      'any with an unusable member',
      filters({ any: [yes, { exact: { type: '' } }] }),
      'spec.filters[0].any[1].exact',
      '',
    ],
    ['any with an empty member', filters({ any: [yes, {}] }), 'spec.filters[0].any[1]', 'got an empty one'],
    ['inside all and not', filters({ all: [{ not: { cesql: 'x =' } }] }), 'spec.filters[0].all[0].not.cesql', ''],
    ['no list', filters({ all: yes }), 'spec.filters[0].all', 'expected a list'],
    ['cesql', filters({ cesql: 'type = ' }), 'spec.filters[0].cesql', 'at character 8 of the expression'],
    ['two dialects', filters({ ...yes, prefix: { id: '1' } }), 'spec.filters[0]', 'multiple dialects found'],
    ['unknown dialect', filters({ exactt: {} }), 'spec.filters[0]', 'expected one of exact, prefix'],
    ['not a filter', filters('x'), 'spec.filters[0]', 'expected a filter'],
    ['legacy key', { attributes: { 'a-b': 'x' } }, 'spec.filter.attributes', 'got "a-b"'],
    ['too deep', filters(nested(40)), `spec.filters[0]${'.not'.repeat(33)}`, 'nested deeper'],
  ])('%s', (_name, filter, path, message) => {
    expect(compileFilter(filter)).toEqual({ kind: 'error', path, message: expect.stringContaining(message) });
  });
});

describe('explanations', () => {
  it.each<[string, TriggerFilter, string]>([
    ['other case', filters({ exact: { type: 'Order.Created' } }), 'differs only in case'],
    ['white space', filters({ exact: { ext: 'x' } }), 'differs only in leading or trailing white space'],
    ['prefix in other case', filters({ prefix: { type: 'ORDER.' } }), 'differs only in case'],
    ['legacy in other case', { attributes: { source: '/Shop' } }, 'differs only in case'],
    [
      'absent',
      filters({ exact: { tpye: 'x' } }),
      'the event has no attribute tpye; it has id, source, type, subject, ext',
    ],
    ['cesql in other case', filters({ cesql: "type = 'ORDER.created'" }), 'differs only in case'],
    ['cesql absent', filters({ cesql: "tpye = 'x'" }), 'the event has no attribute tpye; it has id'],
    ['cesql EXISTS', filters({ cesql: 'EXISTS tpye' }), 'the event has no attribute tpye; it has id'],
  ])('a near miss is hinted at: %s', (_name, filter, hint) => {
    expect(compiled(filter).explain(eventWith({})).hint).toContain(hint);
  });

  it('gives the tree with a result at each clause, evaluated in full', () => {
    const filter = filters({ any: [no, { all: [yes, { not: { prefix: { source: '/s' } } }] }] });
    expect(compiled(filter).explain(eventWith({}))).toEqual({
      dialect: 'any',
      result: false,
      children: [
        { dialect: 'exact', result: false, attribute: 'type', wanted: 'other', got: 'order.created', children: [] },
        {
          dialect: 'all',
          result: false,
          children: [
            {
              dialect: 'exact',
              result: true,
              attribute: 'type',
              wanted: 'order.created',
              got: 'order.created',
              children: [],
            },
            {
              dialect: 'not',
              result: false,
              children: [
                { dialect: 'prefix', result: true, attribute: 'source', wanted: '/s', got: '/shop', children: [] },
              ],
            },
          ],
        },
      ],
    });
  });

  it('cesql: clauses as children, an error in words, the whole expression on top', () => {
    const text = " type = 'order.created' AND (nope = 'x' OR id = '1')";
    expect(compiled(filters({ cesql: text })).explain(eventWith({}))).toMatchObject({
      dialect: 'cesql',
      result: false,
      expression: text,
      error: 'the event has no attribute nope',
      children: [
        { result: true, attribute: 'type', wanted: 'order.created', got: 'order.created' },
        {
          result: false,
          expression: "nope = 'x' OR id = '1'",
          children: [
            { result: false, attribute: 'nope', hint: expect.stringContaining('no attribute nope') },
            { result: true, attribute: 'id', hint: 'not needed: what stands to the left decides' },
          ],
        },
      ],
    });
  });

  it('cesql: a non-boolean result says what it gives', () => {
    const { result, error } = compiled(filters({ cesql: 'LENGTH(type)' })).explain(eventWith({}));
    expect([result, error]).toEqual([false, 'the expression gives the Integer 13, a filter needs a Boolean']);
  });

  it('nothing set: none', () => {
    expect(compiled({}).explain(eventWith({}))).toEqual({ dialect: 'none', result: true, children: [] });
  });
});

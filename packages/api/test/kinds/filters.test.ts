/** Filters in objects: reference 1.3, design 7 on `any`. Names: the lists of reference 12.2. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilter, type TriggerFilter } from '../../src/filter/index.ts';
import { firstLine, refusal, trigger } from './support.ts';

const NAME_RULE = 'Attribute name must start with a letter and can only contain lowercase alphanumeric';

describe('1.3: "key regex ^[a-z][a-z0-9]*$"', () => {
  it.each(['SOURCE', 'Source', 'souRce', 'so urce', ' ', 'a_b', 'a-b', '123', '1a', '😀', 'a.b', 'a!', ''])(
    '%j is refused in filter and in every dialect with a map',
    (name) => {
      const attributes = Object.fromEntries([[name, 'x']]);
      const texts = [
        refusal(trigger({ filter: { attributes } })),
        ...['exact', 'prefix', 'suffix'].map((dialect) => refusal(trigger({ filters: [{ [dialect]: attributes }] }))),
      ];
      const key = `invalid key name ${JSON.stringify(name)}`;
      expect(texts).toEqual([
        `${key}: spec.filter.attributes\n${NAME_RULE}`,
        ...['exact', 'prefix', 'suffix'].map((dialect) => `${key}: spec.filters[0].${dialect}\n${NAME_RULE}`),
      ]);
    },
  );

  it.each(['type', 'source', 'aaa', 'c1d2e3', 'abcdefghijklmnopqrst', 'time', 'datacontenttype'])(
    '%s is accepted',
    (name) => {
      expect(refusal(trigger({ filter: { attributes: { [name]: '' } } }))).toBe('');
      expect(refusal(trigger({ filters: [{ exact: { [name]: 'x' } }] }))).toBe('');
    },
  );
});

describe('1.3: "one dialect per entry; recursion into all/any/not; CESQL must parse"', () => {
  const two = { exact: { type: 't' }, prefix: { type: 't' } };
  const message = 'multiple dialects found, filters can have only one dialect set';

  it.each([
    [[two], 'spec.filters[0]'],
    [[{}, { all: [{ exact: { type: 't' } }, two] }], 'spec.filters[1].all[1]'],
    [[{ any: [two] }], 'spec.filters[0].any[0]'],
    [[{ not: { not: two } }], 'spec.filters[0].not.not'],
  ])('%j', (filters, path) => {
    expect(firstLine(refusal(trigger({ filters })))).toBe(`${message}: ${path}`);
  });

  it('indices are not stacked: each error has its own place', () => {
    const text = refusal(trigger({ filters: [two, two, two] }));
    expect(firstLine(text)).toBe(`${message}: spec.filters[0], spec.filters[1], spec.filters[2]`);
  });

  it('an expression that does not parse is an invalid value with the reason', () => {
    const text = refusal(trigger({ filters: [{ any: [{ cesql: 'type = ' }] }] }));
    expect(firstLine(text)).toBe('invalid value: type = : spec.filters[0].any[0].cesql');
    expect(text.split('\n')[1]).not.toBe('');
  });

  it.each([
    [[]],
    [[{}]],
    [[{ cesql: "type LIKE 'a%' AND NOT EXISTS subject" }]],
    [[{ not: { any: [{ exact: { type: 't' } }, { all: [{ suffix: { source: 's', type: 't' } }] }] } }]],
  ])('accepted: %j', (filters) => {
    expect(refusal(trigger({ filters }))).toBe('');
  });

  it('a value that is empty is refused: Knative would skip the filter, and every event would pass', () => {
    const text = refusal(trigger({ filters: [{ exact: { type: '' } }] }));
    expect(text).toBe('invalid value: : spec.filters[0].exact.type\nexpected a value that is not empty');
  });
});

describe('design 7: "any with an unusable member: the object is rejected at validation"', () => {
  it.each([
    [{}],
    [{ exact: {} }],
    [{ all: [] }],
    [{ any: [] }],
    [{ not: {} }],
    [{ all: [{}, { not: { exact: {} } }] }],
  ])('%j', (member) => {
    const text = refusal(trigger({ filters: [{ any: [{ exact: { type: 't' } }, member] }] }));
    expect(firstLine(text)).toBe(`invalid value: ${JSON.stringify(member)}: spec.filters[0].any[1]`);
  });
});

describe('what is admitted is what can be compiled', () => {
  const name = fc.constantFrom('type', 'source', 'subject', 'x1', 'X', '');
  const value = fc.constantFrom('a', 'b', '');
  const map = fc.dictionary(name, value, { maxKeys: 2 });
  const { filter } = fc.letrec<{ filter: unknown }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      fc.record({ exact: map }),
      fc.record({ prefix: map }),
      fc.record({ suffix: map }),
      fc.record({ cesql: fc.constantFrom("type = 'a'", 'EXISTS x', 'type =', '', ' ') }),
      fc.constant({}),
      fc.record({ exact: map, cesql: fc.constant('TRUE') }),
      fc.record({ all: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ not: tie('filter') }),
    ),
  }));

  it('validation and compileFilter agree on every filter', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 3 }), (filters) => {
        const text = refusal(trigger({ filters }));
        const compiled = compileFilter({ filters } as TriggerFilter);
        if (text !== '') refused += 1;
        expect([text, compiled.kind]).toEqual([text, text === '' ? 'ok' : 'error']);
      }),
      { numRuns: 2_000 },
    );
    // The generator makes both kinds: otherwise the agreement would say nothing.
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(1_900);
  });

  it.each([32, 33, 34])('nesting of %d is judged alike', (depth) => {
    let filter: unknown = { exact: { type: 't' } };
    for (let level = 0; level < depth; level += 1) filter = { not: filter };
    const compiled = compileFilter({ filters: [filter] } as TriggerFilter);
    expect(refusal(trigger({ filters: [filter] })) === '').toBe(compiled.kind === 'ok');
  });
});

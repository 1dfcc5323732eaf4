/**
 * Random filters and events over few names and texts, so that they meet often: texts that are prefixes of one another,
 * differ in case, or read as an Integer or a Boolean.
 */
import type { CloudEvent, FilterSpec, NonStringType, TriggerFilter } from '@millrace/api';
import fc from 'fast-check';

const names = ['type', 'source', 'subject', 'id', 'ext', 'num', 'flag', 'dataschema', 'schemaurl', 'specversion'];
const texts = [
  'a',
  'ab',
  'abc',
  'abd',
  'b',
  'ba',
  'cab',
  'A',
  '1',
  '5',
  '05',
  '-1',
  '0',
  'true',
  'TRUE',
  'false',
  '1.0',
  'é😀',
];

const name = fc.constantFrom(...names);
const text = fc.constantFrom(...texts);

const attributeMap = fc.dictionary(name, text, { minKeys: 1, maxKeys: 3, noNullPrototype: true });

const literal = fc.oneof(
  text.map((value) => `'${value}'`),
  fc.constantFrom('5', '0', '1', '-1', 'TRUE', 'FALSE'),
);
const pattern = fc
  .array(fc.constantFrom('a', 'b', 'c', '%', '_', 'ab', '1', '😀'), { minLength: 0, maxLength: 4 })
  .map((parts) => parts.join(''));
const value = fc.oneof({ weight: 4, arbitrary: name }, { weight: 2, arbitrary: literal });
const not = fc.constantFrom('', '', 'NOT ');

const clause = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(name, text).map(([left, right]) => `${left} = '${right}'`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(value, fc.constantFrom('=', '!=', '<>', '<', '>='), value)
      .map(([left, operator, right]) => `${left} ${operator} ${right}`),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(value, not, fc.array(value, { minLength: 1, maxLength: 3 }))
      .map(([left, negation, items]) => `${left} ${negation}IN (${items.join(', ')})`),
  },
  { weight: 3, arbitrary: fc.tuple(value, not, pattern).map(([left, no, like]) => `${left} ${no}LIKE '${like}'`) },
  { weight: 2, arbitrary: name.map((attribute) => `EXISTS ${attribute}`) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      value,
      value.map((one) => `UPPER(${one}) = 'ABC'`),
      value.map((one) => `${one} + 1 > 1`),
    ),
  },
);

const expression: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    clause,
    clause,
    fc
      .tuple(
        fc.array(tie('node'), { minLength: 2, maxLength: 3, size: 'max' }),
        fc.constantFrom('AND', 'AND', 'OR', 'OR', 'XOR'),
      )
      .map(([operands, operator]) => operands.map((operand) => `(${operand})`).join(` ${operator} `)),
    tie('node').map((operand) => `NOT (${operand})`),
  ),
})).node;

const spec: fc.Arbitrary<FilterSpec> = fc.letrec<{ node: FilterSpec }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      attributeMap.map((exact) => ({ exact })),
      attributeMap.map((prefix) => ({ prefix })),
      attributeMap.map((suffix) => ({ suffix })),
      expression.map((cesql) => ({ cesql })),
    ),
    fc.array(tie('node'), { minLength: 1, maxLength: 3, size: 'max' }).map((all) => ({ all })),
    fc.array(tie('node'), { minLength: 1, maxLength: 3, size: 'max' }).map((any) => ({ any })),
    tie('node').map((inner) => ({ not: inner })),
  ),
})).node;

const legacyText = fc.oneof({ weight: 3, arbitrary: text }, { weight: 1, arbitrary: fc.constant('') });

export const triggerFilter: fc.Arbitrary<TriggerFilter> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.array(spec, { minLength: 1, maxLength: 3, size: 'max' }).map((filters) => ({ filters })),
  },
  {
    weight: 2,
    arbitrary: fc
      .dictionary(name, legacyText, { minKeys: 1, maxKeys: 2, noNullPrototype: true })
      .map((attributes) => ({ attributes })),
  },
  { weight: 1, arbitrary: fc.constant({ filters: [{ exact: { type: '' } }] }) },
  { weight: 1, arbitrary: fc.constant({ filters: [{ cesql: 'type = ' }] }) },
  { weight: 1, arbitrary: fc.constantFrom<TriggerFilter>({}, { filters: [] }, { filters: [{ all: [] }] }) },
);

const nonStringOf = (text: string): NonStringType | undefined => {
  if (text === 'true' || text === 'false') return 'Boolean';
  return /^(0|-?[1-9][0-9]*)$/.test(text) ? 'Integer' : undefined;
};

const attributeNames = names.filter((one) => one !== 'specversion');

/** An event with most of the attributes, half of the time with those typed that can be. */
export const event: fc.Arbitrary<CloudEvent> = fc
  .tuple(
    fc.array(fc.option(fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: fc.constant('') })), {
      minLength: attributeNames.length,
      maxLength: attributeNames.length,
    }),
    fc.boolean(),
  )
  .map(([values, typed]) => {
    const attributes: Record<string, string> = Object.create(null);
    for (const [index, got] of values.entries()) if (got !== null) attributes[attributeNames[index] as string] = got;
    const nonString: Record<string, NonStringType> = {};
    for (const [attribute, got] of Object.entries(attributes)) {
      const type = nonStringOf(got);
      if (type !== undefined) nonString[attribute] = type;
    }
    return { specversion: '1.0', attributes, ...(typed ? { nonString } : {}) };
  });

const crowdedName = fc.constantFrom('type', 'ext');
const one = fc.tuple(crowdedName, text).map(([attribute, wanted]) => ({ [attribute]: wanted }));

/** One clause on one of two attributes: a set of them crowds every part of an index. */
export const clauseFilter: fc.Arbitrary<TriggerFilter> = fc
  .oneof(
    one.map((exact) => ({ exact })),
    one.map((prefix) => ({ prefix })),
    one.map((suffix) => ({ suffix })),
    fc
      .tuple(crowdedName, fc.array(literal, { minLength: 1, maxLength: 2 }))
      .map(([attribute, items]) => ({ cesql: `${attribute} IN (${items.join(', ')})` })),
    fc.tuple(literal, crowdedName).map(([left, attribute]) => ({ cesql: `${left} = ${attribute}` })),
    fc.tuple(crowdedName, literal).map(([attribute, right]) => ({ cesql: `${attribute} = ${right}` })),
    fc.tuple(crowdedName, pattern).map(([attribute, like]) => ({ cesql: `${attribute} LIKE '${like}'` })),
  )
  .map((only) => ({ filters: [only] }));

/** Filters, each row with the events it lets pass and those it does not. */
import { type Clause, must } from './clause.ts';

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface FilterRow {
  readonly id: string;
  readonly source: string;
  readonly says: string;
  readonly filter?: Readonly<Record<string, string>>;
  readonly filters?: readonly unknown[];
  readonly pass: readonly Attributes[];
  readonly drop: readonly Attributes[];
  /** Numbers and booleans exist only in structured mode. */
  readonly mode?: 'structured';
}

const tests = '§12.2 new filters';
const table = '§3.4';
const a = { type: 'a' };
const b = { type: 'b' };

export const filterRows: readonly FilterRow[] = [
  {
    id: 'filter.exact',
    source: tests,
    says: 'exact: equal passes',
    filters: [{ exact: { type: 'a' } }],
    pass: [a],
    drop: [b, { type: 'A' }, { type: 'aa' }],
  },
  {
    id: 'filter.prefix',
    source: tests,
    says: 'prefix: what begins with it passes',
    filters: [{ prefix: { type: 'com.ex' } }],
    pass: [{ type: 'com.example' }],
    drop: [{ type: 'org.com.ex' }, { type: 'com' }],
  },
  {
    id: 'filter.suffix',
    source: tests,
    says: 'suffix: what ends with it passes',
    filters: [{ suffix: { type: '.created' } }],
    pass: [{ type: 'order.created' }],
    drop: [{ type: 'order.created.now' }],
  },
  {
    id: 'filter.cesql',
    source: tests,
    says: 'cesql: an expression that is true passes',
    filters: [{ cesql: "type = 'a' AND subject LIKE 'x%'" }],
    pass: [{ ...a, subject: 'xy' }],
    drop: [
      { ...a, subject: 'y' },
      { ...b, subject: 'xy' },
    ],
  },
  {
    id: 'filter.any-five',
    source: tests,
    says: 'any of five dialects, not among them',
    filters: [
      {
        any: [
          { exact: { type: 'exact' } },
          { prefix: { type: 'pre' } },
          { suffix: { type: 'fix' } },
          { cesql: "type = 'sql'" },
          { not: { prefix: { source: '/conf' } } },
        ],
      },
    ],
    pass: [{ type: 'exact' }, { type: 'prelude' }, { type: 'affix' }, { type: 'sql' }, { type: 'x', source: '/other' }],
    drop: [{ type: 'x' }],
  },
  {
    id: 'filter.any-three-exact',
    source: tests,
    says: 'any of three exact filters',
    filters: [{ any: [{ exact: { type: 'a' } }, { exact: { type: 'b' } }, { exact: { subject: 's' } }] }],
    pass: [a, b, { type: 'c', subject: 's' }],
    drop: [{ type: 'c' }],
  },
  {
    id: 'filter.all-four',
    source: tests,
    says: 'all of four dialects',
    filters: [
      {
        all: [
          { exact: { type: 'a.b.c' } },
          { prefix: { type: 'a.' } },
          { suffix: { type: '.c' } },
          { cesql: "subject = 's'" },
        ],
      },
    ],
    pass: [{ type: 'a.b.c', subject: 's' }],
    drop: [
      { type: 'a.b.c', subject: 't' },
      { type: 'a.c', subject: 's' },
    ],
  },
  {
    id: 'filter.not',
    source: tests,
    says: 'not: what does not match passes',
    filters: [{ not: { exact: { type: 'a' } } }],
    pass: [b],
    drop: [a],
  },
  {
    id: 'filter.missing-attribute',
    source: tests,
    says: 'an attribute the event does not have: exact, prefix and suffix drop it',
    filters: [{ any: [{ exact: { ext: 'x' } }, { prefix: { ext: 'x' } }, { suffix: { ext: 'x' } }] }],
    pass: [{ ext: 'x' }],
    drop: [{}],
  },
  {
    id: 'filter.empty-filters',
    source: tests,
    says: 'an empty list of filters leaves the decision to filter',
    filter: { type: 'a' },
    filters: [],
    pass: [a],
    drop: [b],
  },
  {
    id: 'filter.filters-win',
    source: tests,
    says: 'filters override filter',
    filter: { type: 'a' },
    filters: [{ exact: { type: 'b' } }],
    pass: [b],
    drop: [a],
  },
  {
    id: 'filter.top-level-and',
    source: tests,
    says: 'several filters at the top must all pass',
    filters: [{ exact: { type: 'a' } }, { prefix: { subject: 's' } }],
    pass: [{ ...a, subject: 'st' }],
    drop: [a, { ...b, subject: 'st' }],
  },
  {
    id: 'filter.map-and',
    source: '§1.3',
    says: 'the entries of one map must all pass',
    filters: [{ exact: { type: 'a', subject: 's' } }],
    pass: [{ ...a, subject: 's' }],
    drop: [a, { ...b, subject: 's' }],
  },
  {
    id: 'filter.legacy-and',
    source: table,
    says: 'attributes: all must be equal',
    filter: { type: 'a', ext: 'x' },
    pass: [{ ...a, ext: 'x' }],
    drop: [a, { ...a, ext: 'y' }, { ...b, ext: 'x' }],
  },
  {
    id: 'filter.legacy-any',
    source: table,
    says: 'attributes: an empty value wants the attribute present and not empty',
    filter: { ext: '' },
    pass: [{ ext: 'x' }],
    drop: [{}],
  },
  {
    id: 'filter.legacy-case',
    source: table,
    says: 'attributes: values are compared with their case',
    filter: { ext: 'Value' },
    pass: [{ ext: 'Value' }],
    drop: [{ ext: 'value' }],
  },
  {
    id: 'filter.nothing',
    source: table,
    says: 'without a filter everything passes',
    filter: {},
    filters: [],
    pass: [a, b],
    drop: [],
  },
  {
    id: 'filter.empty-entry',
    source: table,
    says: 'an entry {} is no condition',
    filters: [{}, { exact: { type: 'a' } }],
    pass: [a],
    drop: [b],
  },
  {
    id: 'filter.all-nested',
    source: table,
    says: 'all, any and not may be nested',
    filters: [
      {
        all: [
          { any: [{ exact: { type: 'a' } }, { exact: { type: 'b' } }] },
          { not: { all: [{ exact: { type: 'b' } }, { exact: { subject: 's' } }] } },
        ],
      },
    ],
    pass: [a, b, { ...a, subject: 's' }],
    drop: [{ ...b, subject: 's' }, { type: 'c' }],
  },
  {
    id: 'filter.cesql-missing',
    source: table,
    says: 'cesql: a missing attribute makes the event fail',
    filters: [{ cesql: "ext = 'x'" }],
    pass: [{ ext: 'x' }],
    drop: [{}],
  },
  {
    id: 'filter.cesql-exists',
    source: table,
    says: 'cesql: EXISTS asks for an attribute',
    filters: [{ cesql: 'EXISTS subject' }],
    pass: [{ subject: 's' }],
    drop: [{}],
  },
  {
    id: 'filter.cesql-error',
    source: table,
    says: 'cesql: an evaluation error makes the event fail',
    filters: [{ cesql: 'INT(subject) > 5' }],
    pass: [{ subject: '6' }],
    drop: [{ subject: 'six' }, { subject: '5' }],
  },
  {
    id: 'filter.cesql-not-boolean',
    source: table,
    says: 'cesql: a result that is no boolean does not pass and stops nothing',
    filters: [{ any: [{ cesql: 'LENGTH(type)' }, { exact: { type: 'a' } }] }],
    pass: [a],
    drop: [b],
  },
  {
    id: 'filter.integer',
    source: 'design §7',
    says: 'a number is compared as text in every dialect',
    filters: [{ exact: { count: '5' } }, { prefix: { count: '5' } }, { suffix: { count: '5' } }],
    pass: [{ count: 5 }],
    drop: [{ count: 6 }],
    mode: 'structured',
  },
  {
    id: 'filter.integer-legacy',
    source: 'design §7',
    says: 'a number is compared as text in attributes too',
    filter: { count: '5' },
    pass: [{ count: 5 }],
    drop: [{ count: 55 }],
    mode: 'structured',
  },
  {
    id: 'filter.boolean',
    source: 'design §7',
    says: 'a boolean is compared as text',
    filter: { flag: 'true' },
    pass: [{ flag: true }],
    drop: [{ flag: false }],
    mode: 'structured',
  },
  {
    id: 'filter.specversion',
    source: table,
    says: 'specversion may be filtered by',
    filter: { specversion: '0.3' },
    pass: [{ specversion: '0.3' }],
    drop: [{}],
  },
  {
    id: 'filter.id-time',
    source: table,
    says: 'id, time and datacontenttype may be filtered by',
    filters: [{ prefix: { id: 'id-', time: '2026-01-' } }, { exact: { datacontenttype: 'text/plain' } }],
    pass: [{ id: 'id-1', time: '2026-01-31T00:00:00Z', datacontenttype: 'text/plain' }],
    drop: [{ id: 'id-2', time: '2026-02-01T00:00:00Z', datacontenttype: 'text/plain' }, { id: 'id-3' }],
  },
  {
    id: 'filter.any-members',
    source: 'design §7',
    says: 'any passes when any member passes, whatever their order',
    filters: [
      { any: [{ exact: { type: 'b' } }, { exact: { type: 'a' } }] },
      { any: [{ exact: { type: 'a' } }, { exact: { subject: 'never' } }] },
    ],
    pass: [a],
    drop: [b],
  },
];

export const filters: readonly Clause[] = [
  ...filterRows.map(({ id, source, says }) => must(id, source, says)),
  must('filter.two-triggers', tests, 'two Triggers with different dialects each get their own events'),
];

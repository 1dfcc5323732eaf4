/** What the conformance cases leave open: precedence, limits, Unicode, errors with their place, explanations. */
import { describe, expect, it } from 'vitest';
import { type CesqlExpression, cesqlLengthMax, parseCesql } from '../../src/cesql/index.ts';
import type { CloudEvent } from '../../src/event/index.ts';

function expressionOf(text: string): CesqlExpression {
  const parsed = parseCesql(text);
  if (parsed.kind === 'error') throw new Error(`${text}: ${parsed.message}`);
  return parsed.expression;
}

function eventWith(attributes: Record<string, string>): CloudEvent {
  const all = { id: '1', source: '/s', type: 't', ...attributes };
  return { specversion: '1.0', attributes: Object.assign(Object.create(null), all) };
}

function evaluate(text: string, attributes: Record<string, string> = {}) {
  const { value, error } = expressionOf(text).evaluate(eventWith(attributes));
  return error === undefined ? value : [value, error.kind];
}

describe('CESQL 3.6: order of precedence', () => {
  it.each([
    ['2 + 3 * 4', 14],
    ['2 - 3 - 4', -5],
    ['12 / 2 * 3', 18],
    ['4-1', 3],
    ['4 -1', 3],
    ['-2 * -3', 6],
    ['1 + 1 = 2', true],
    ['1 < 2 AND 2 < 3', true],
    ["'ab' LIKE 'a%' = TRUE", true],
    ['NOT TRUE = FALSE', true],
    ['NOT FALSE AND FALSE', false],
    // AND, OR and XOR are of one level, taken from left to right.
    ['TRUE OR TRUE AND FALSE', false],
    ['FALSE AND FALSE OR TRUE', true],
    ['TRUE XOR TRUE OR TRUE', true],
    ['TRUE XOR (TRUE OR TRUE)', false],
    ['TRUE XOR TRUE XOR TRUE', true],
    ['NOT NOT TRUE', true],
    ['+5', 5],
    ['1 IN (1) = TRUE', true],
  ])('%s gives %s', (text, wanted) => {
    expect(evaluate(text)).toBe(wanted);
  });
});

describe('CESQL 3.3 and 3.4: errors beside values, 32-bit integers', () => {
  it.each([
    ['2147483647 + 1', [0, 'math']],
    ['-2147483648 - 1', [0, 'math']],
    ['-2147483648', -2147483648],
    ['--2147483648', [0, 'math']],
    ['65536 * 65536', [0, 'math']],
    ['-2147483648 / -1', [0, 'math']],
    ['-2147483648 % -1', 0],
    ['-7 / 2', -3],
    ['-7 % 2', -1],
    ['7 % -2', 1],
    ["INT('2147483648')", [0, 'cast']],
    ["INT('+7')", 7],
    ["INT('-0')", 0],
    ["INT(' 7')", [0, 'cast']],
    ["'abc' = 5", [false, 'cast']],
    ["'abc' != 5", [false, 'cast']],
    ["1 IN ('x', 1)", [false, 'cast']],
    ["1 IN (1, 'x')", true],
    ['NOPE(1)', [false, 'missingFunction']],
    ['LENGTH()', [false, 'missingFunction']],
    ["LENGTH(NOPE(1)) > 5 OR type = 't'", [false, 'missingFunction']],
    ["CONCAT('a', missing)", ['', 'missingAttribute']],
    ["LENGTH(LEFT('abc', -1))", [0, 'functionEvaluation']],
    ["SUBSTRING('abc', 1, -1)", ['', 'functionEvaluation']],
    ["IS_INT('12')", true],
    ["IS_INT('1x')", false],
    ["IS_BOOL('True')", true],
    ["IS_BOOL('yes')", false],
    ['EXISTS missing OR missing = 1', [false, 'missingAttribute']],
  ])('%s gives %j', (text, wanted) => {
    expect(evaluate(text)).toEqual(wanted);
  });

  it('section 1.2: passes only on the Boolean true without an error', () => {
    const passes = (text: string): boolean => expressionOf(text).passes(eventWith({ flag: 'true' }));
    expect(['TRUE', "type = 't'"].map(passes)).toEqual([true, true]);
    expect(['1', "'true'", 'flag', 'NOT 10', "missing = 'x' OR TRUE"].map(passes)).toEqual(Array(5).fill(false));
  });
});

describe('CESQL 3.4.3 and 3.5.1: a character is a Unicode code point', () => {
  it.each([
    ["LENGTH('a😀é')", 3],
    ["LEFT('😀😀a', 1)", '😀'],
    ["RIGHT('a😀😀', 2)", '😀😀'],
    ["RIGHT('abc', 0)", ''],
    ["SUBSTRING('😀b😀', 2, 1)", 'b'],
    ["SUBSTRING('😀b😀', -1)", '😀'],
    ["SUBSTRING('abc', 2, 0)", ''],
    ["TRIM('\u00a0\u0085 x \u2003')", 'x'],
    ["LENGTH(TRIM('\ufeffx'))", 2],
    ["'😀' LIKE '_'", true],
    ["'a😀b' LIKE 'a_b'", true],
    ["'a😀b' LIKE 'a__b'", false],
    ["'xx😀bxx' LIKE '%_b%'", true],
  ])('%s gives %s', (text, wanted) => {
    expect(evaluate(text)).toBe(wanted);
  });
});

describe('CESQL 3.4.3: LIKE is linear, never a backtracking search', () => {
  it.each([
    ['%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b'],
    [`%${'a_'.repeat(200)}b%`],
    [`%${'_'.repeat(300)}b%`],
    [`%${'a'.repeat(1_000)}b%`],
  ])('%s against 100,000 characters ends at once', (pattern) => {
    const expression = expressionOf(`subject LIKE '${pattern}'`);
    const event = eventWith({ subject: 'a'.repeat(100_000) });
    const before = process.cpuUsage();
    expect(expression.passes(event)).toBe(false);
    const { user, system } = process.cpuUsage(before);
    // A backtracking search would need years; the bound only has to be far from both.
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});

describe('CESQL 2: what is not an expression, and where', () => {
  it.each([
    ['', 0, 'expected a value, got the end of the expression'],
    ['type =', 6, 'expected a value, got the end of the expression'],
    ["type = 'x", 7, "this string has no closing '"],
    ["type = 'it''s'", 10, "a quote inside a string is written \\', not doubled"],
    ['type == 1', 6, 'expected a value, got "="'],
    ['type ; 1', 5, '";" is not part of CESQL'],
    ['(type', 5, 'expected ")" to close the parenthesis, got the end of the expression'],
    ['type type', 5, 'expected an operator or the end of the expression, got "type"'],
    ['type LIKE subject', 10, 'expected a pattern in quotes after LIKE, got "subject"'],
    ['type NOT = 1', 9, 'expected LIKE or IN after NOT, got "="'],
    ['type IN ()', 9, 'expected at least one value in the list after IN, got ")"'],
    ['EXISTS 5 + (', 12, 'expected a value, got the end of the expression'],
    ['2147483648', 0, '2147483648 is not a 32-bit integer (at most 2147483647)'],
    ['my_ext = 1', 0, 'expected an attribute (letters and digits), got "my_ext"'],
    ["AND = 'x'", 0, 'expected a value, got "AND"'],
    ['f1(2)', 0, 'expected the name of a function (letters and _), got "f1"'],
    ['LEFT(type 2)', 10, 'expected "," or ")", got "2"'],
  ])('%s', (text, offset, message) => {
    expect(parseCesql(text)).toEqual({ kind: 'error', message, offset });
  });

  it.each([
    ['length', `type = '${'x'.repeat(cesqlLengthMax)}'`],
    ['parentheses', `${'('.repeat(5_000)}TRUE${')'.repeat(5_000)}`],
    ['unary operators', `${'-'.repeat(15_000)}1`],
    ['arguments', `${'LOWER('.repeat(2_000)}id${')'.repeat(2_000)}`],
    ['a chain of operators', `1${' + 1'.repeat(3_000)}`],
    ['alternating logic', `TRUE${' AND TRUE OR TRUE'.repeat(900)}`],
  ])('too much of it is an error and no overflow: %s', (_name, text) => {
    expect(parseCesql(text)).toMatchObject({ kind: 'error' });
  });

  it('a long run of OR is no nesting', () => {
    const text = Array.from({ length: 1_000 }, (_, n) => `id = '${n}'`).join(' OR ');
    expect(evaluate(text, { id: '999' })).toBe(true);
  });
});

describe('CESQL explanations', () => {
  it('shows each clause with its value, what was wanted and what the event has', () => {
    const trace = expressionOf("(type = 'x' OR subject LIKE 'a%') AND NOT int(hop) >= 3").explain(
      eventWith({ subject: 'abc', hop: '2' }),
    );
    expect(trace).toMatchObject({
      value: false,
      error: { kind: 'cast' },
      children: [
        {
          text: "type = 'x' OR subject LIKE 'a%'",
          value: true,
          children: [
            { text: "type = 'x'", value: false, attribute: 'type', wanted: 'x', got: 't' },
            { text: "subject LIKE 'a%'", value: true, attribute: 'subject', wanted: "like 'a%'", got: 'abc' },
          ],
        },
        { value: false, error: { kind: 'cast' }, attribute: 'hop', wanted: '>= 3' },
      ],
    });
  });

  it.each([
    ["(type = 'x' OR type = 'y') AND NOT (type = 'z' OR type = 'w')", "NOT (type = 'z' OR type = 'w')"],
    ["type = 'x' AND (type) IN ('a', ('b'))", "(type) IN ('a', ('b'))"],
    ['type = 0 OR -(hop + 1) < (2)', '-(hop + 1) < (2)'],
  ])('%s: a clause is told with the parentheses inside it', (text, last) => {
    const trace = expressionOf(text).explain(eventWith({ hop: '3' }));
    expect(trace.text).toBe(text);
    expect(trace.children.at(-1)?.text).toBe(last);
  });

  it('marks clauses that were not needed', () => {
    const { children } = expressionOf("EXISTS subject AND subject = 'x'").explain(eventWith({}));
    expect(children).toMatchObject([
      { text: 'EXISTS subject', value: false, needed: true, attribute: 'subject', wanted: 'present' },
      { text: "subject = 'x'", value: false, needed: false },
    ]);
  });

  it.each([
    ['5 < hop', { attribute: 'hop', wanted: '> 5', got: '3' }],
    ["hop IN (1, '2')", { attribute: 'hop', wanted: "one of 1, '2'", got: '3' }],
    ["type NOT LIKE 't%'", { attribute: 'type', wanted: "not like 't%'", got: 't' }],
    ["type != 't'", { attribute: 'type', wanted: 'not t', got: 't' }],
    ['type = subject', { wanted: 'subject', got: 't' }],
  ])('%s', (text, wanted) => {
    const trace = expressionOf(text).explain(eventWith({ hop: '3', subject: 's' }));
    expect(trace).toMatchObject({ value: false, ...wanted });
  });
});

describe('one event cannot make an expression costly', () => {
  const x = 'ß'.repeat(60_000);

  it.each([
    [`LENGTH(UPPER(CONCAT(${Array(8_000).fill('x').join()})))`],
    [`CONCAT_WS(x, ${Array(100).fill("''").join()})`],
  ])('%# a text that would be huge is an error, not an exception', (text) => {
    expect(evaluate(text, { x })).toMatchObject([expect.anything(), 'functionEvaluation']);
  });

  it('two long attributes are put together', () => {
    expect(evaluate('LENGTH(CONCAT(x, x))', { x })).toBe(120_000);
  });

  it('an error shows the beginning of a long value', () => {
    const { error } = expressionOf('x > 1').evaluate(eventWith({ x }));
    expect(error?.message.length).toBeLessThan(120);
  });
});

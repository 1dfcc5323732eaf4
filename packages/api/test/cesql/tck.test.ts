/** The specification's own conformance cases, every one of them: `test/tck/cesql`. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type CesqlEvaluation, parseCesql } from '../../src/cesql/index.ts';
import type { Attributes, CloudEvent, NonStringType } from '../../src/event/index.ts';

interface Case {
  readonly name: string;
  readonly expression: string | number | boolean;
  readonly result?: string | number | boolean;
  readonly error?: string;
  readonly event?: Record<string, string | number | boolean>;
  readonly eventOverrides?: Record<string, string | number | boolean>;
}

interface Suite {
  readonly name: string;
  readonly tests: readonly Case[];
}

const folder = new URL('../../../../test/tck/cesql/', import.meta.url);
const suites = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  // Values stay as they are written where YAML would make a timestamp of them.
  .map((file) => parse(readFileSync(new URL(file, folder), 'utf8'), { schema: 'core' }) as Suite);
const cases = suites.flatMap(({ tests }) => tests);

const defaultEvent = { specversion: '1.0', id: 'an-id', source: 'http://localhost/source', type: 'a.type' };

function eventOf(test: Case): CloudEvent {
  const values: Record<string, string | number | boolean> = { ...(test.event ?? defaultEvent), ...test.eventOverrides };
  const attributes: Record<string, string> = Object.create(null);
  const nonString: Record<string, NonStringType> = Object.create(null);
  for (const [name, value] of Object.entries(values)) {
    if (name === 'specversion') continue;
    attributes[name] = String(value);
    if (typeof value === 'number') nonString[name] = 'Integer';
    if (typeof value === 'boolean') nonString[name] = 'Boolean';
  }
  return { specversion: '1.0', attributes: attributes as Attributes, nonString };
}

/** What the case says of value and error; what it leaves open is left open. */
function outcomeOf(test: Case): { value: unknown; error: string | undefined } {
  const parsed = parseCesql(String(test.expression));
  // A text that is not an expression has the value of an expression of unknown type: false.
  if (parsed.kind === 'error') return { value: false, error: 'parse' };
  const evaluation: CesqlEvaluation = parsed.expression.evaluate(eventOf(test));
  return { value: evaluation.value, error: evaluation.error?.kind };
}

let passed = 0;

afterAll(() => {
  process.stdout.write(`CESQL TCK: ${passed} of ${cases.length}\n`);
});

describe.each(suites)('CESQL TCK: $name', ({ tests }) => {
  it.each(tests)('$name: $expression', (test) => {
    const outcome = outcomeOf(test);
    const value = test.result === undefined ? outcome.value : test.result;
    expect(outcome).toEqual({ value, error: test.error });
    passed++;
  });
});

it('there are 275 cases, and each says what must come out', () => {
  expect(cases).toHaveLength(275);
  expect(cases.filter(({ result, error }) => result === undefined && error === undefined)).toEqual([]);
});

it('canary: a case with a wrong result is noticed', () => {
  expect(outcomeOf({ name: 'wrong', expression: '1 + 1', result: 3 })).not.toEqual({ value: 3, error: undefined });
  expect(outcomeOf({ name: 'no error', expression: '1 / 0', result: 0 })).not.toEqual({ value: 0, error: undefined });
});

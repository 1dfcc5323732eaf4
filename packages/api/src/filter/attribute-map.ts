/**
 * Filters that are a map of attribute to text, all of which must hold: exact, prefix, suffix and the legacy attributes
 * differ only in the test and in whether an empty text means something.
 */
import type { CloudEvent } from '../event/index.ts';
import { attributeOf } from './attribute.ts';
import { attributeNamePattern, type Compiled, compileError, isRecord } from './dialect.ts';
import type { CompiledFilter, FilterTrace } from './filter.ts';
import { absentHint, nearMiss, type TextTest } from './hint.ts';

export interface MapDialect {
  readonly name: string;
  readonly test: TextTest;
  /** The empty text is a wish of its own, as in the legacy attributes. */
  readonly emptyAllowed: boolean;
}

interface Clause {
  readonly name: string;
  readonly wanted: string;
}

export function compileAttributeMap(dialect: MapDialect, value: unknown, path: string): Compiled {
  if (!isRecord(value)) return compileError(path, 'expected a map of attribute names to texts');
  const clauses: Clause[] = [];
  for (const [name, wanted] of Object.entries(value)) {
    if (name === '')
      return compileError(path, 'expected the name of an attribute, got an empty key: name it or remove it');
    if (!attributeNamePattern.test(name)) {
      return compileError(path, `expected an attribute name (lower case letters and digits), got "${name}"`);
    }
    if (typeof wanted !== 'string') return compileError(path, `expected a text for ${name}: put it in quotes`);
    if (wanted === '' && !dialect.emptyAllowed) {
      return compileError(path, `expected a text for ${name}, got an empty one: give one or remove ${name}`);
    }
    clauses.push({ name, wanted });
  }
  return clauses.length === 0 ? { kind: 'none' } : { kind: 'ok', filter: filterOf(dialect, clauses) };
}

function filterOf(dialect: MapDialect, clauses: readonly Clause[]): CompiledFilter {
  const { name: dialectName, test } = dialect;
  const explain = (event: CloudEvent): FilterTrace => {
    const children = clauses.map((clause) => explainClause(dialect, clause, event));
    const [only, ...others] = children;
    if (only !== undefined && others.length === 0) return only;
    return { dialect: dialectName, result: children.every(({ result }) => result), children };
  };
  const [first, second] = clauses;
  if (first !== undefined && second === undefined) {
    const { name, wanted } = first;
    const matches = (event: CloudEvent): boolean => {
      const got = attributeOf(event, name);
      return got !== undefined && test(got, wanted);
    };
    return { matches, explain };
  }
  const matches = (event: CloudEvent): boolean => {
    for (const { name, wanted } of clauses) {
      const got = attributeOf(event, name);
      if (got === undefined || !test(got, wanted)) return false;
    }
    return true;
  };
  return { matches, explain };
}

function explainClause(dialect: MapDialect, clause: Clause, event: CloudEvent): FilterTrace {
  const { name, wanted } = clause;
  const base = { dialect: dialect.name, attribute: name, wanted, children: [] };
  const got = attributeOf(event, name);
  if (got === undefined) return { ...base, result: false, hint: absentHint(event, name) };
  const hint = nearMiss(dialect.test, got, wanted);
  return { ...base, got, result: dialect.test(got, wanted), ...(hint === undefined ? {} : { hint }) };
}

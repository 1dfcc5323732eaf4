/**
 * Rules of `spec.filter` and `spec.filters`. Source: reference section 1.3; Subscriptions API; design section 7.
 *
 * What is accepted here is what `compileFilter` builds: Knative skips at run time a filter it cannot build, and then more
 * events pass than its author wrote down.
 */
import { parseCesql } from '../../cesql/index.ts';
import { attributeNamePattern, dialectNames, filterDepthMax } from '../../filter/dialect.ts';
import { type FieldError, type FieldPath, fieldError, invalidKeyName, invalidValue } from '../field-error.ts';
import type { JsonSchema } from '../schema-check.ts';
import { fieldsOf } from './objects.ts';
import { closed, textMap } from './schemas.ts';

const attributeNameRule = 'Attribute name must start with a letter and can only contain lowercase alphanumeric';

const filterRef: JsonSchema = { $ref: '#/$defs/filter' };

/** Definitions for a schema that holds `filtersSchema`. */
export const filterDefinitions: { readonly [name: string]: JsonSchema } = {
  filter: closed(
    {
      exact: { ...textMap, description: 'Attributes that are equal to these values.' },
      prefix: { ...textMap, description: 'Attributes that begin with these values.' },
      suffix: { ...textMap, description: 'Attributes that end with these values.' },
      all: { type: 'array', items: filterRef, description: 'Passes when every one of these passes.' },
      any: { type: 'array', items: filterRef, description: 'Passes when one of these passes.' },
      not: { ...filterRef, description: 'Passes when this does not pass.' },
      cesql: { type: 'string', description: 'A CloudEvents SQL expression.' },
    },
    { description: 'A filter: exactly one dialect.' },
  ),
};

export const filtersSchema: JsonSchema = {
  type: 'array',
  items: filterRef,
  description: 'Filters that must all pass; when not empty, spec.filter is not looked at.',
};

export const legacyFilterSchema = closed(
  { attributes: { ...textMap, description: 'Attributes that are equal to these values; "" means present.' } },
  { description: 'The older form of filters.' },
);

function validateNames(attributes: unknown, at: FieldPath): FieldError[] {
  return Object.keys(fieldsOf(attributes))
    .filter((name) => !attributeNamePattern.test(name))
    .map((name) => invalidKeyName(name, at, attributeNameRule));
}

function validateText(attributes: unknown, at: FieldPath): FieldError[] {
  const empty = Object.entries(fieldsOf(attributes)).filter(([, value]) => value === '');
  return [
    ...validateNames(attributes, at),
    ...empty.map(([name]) => invalidValue('', [...at, name], 'expected a value that is not empty')),
  ];
}

/** An empty expression cannot be told from an absent one in Knative. */
function isBlank(expression: unknown): boolean {
  return typeof expression === 'string' && expression.trim() === '';
}

/** Whether a filter asks for nothing, so that every event passes: `{}`, a map or a list with no entries, and so on. */
function asksForNothing(filter: unknown): boolean {
  const fields = fieldsOf(filter);
  const [dialect] = dialectNames.filter((name) => fields[name] !== undefined);
  if (dialect === undefined) return true;
  const value = fields[dialect];
  if (dialect === 'cesql') return isBlank(value);
  if (dialect === 'not') return asksForNothing(value);
  if (dialect === 'all') return Array.isArray(value) && value.every(asksForNothing);
  return Object.keys(value ?? {}).length === 0;
}

/** A member that asks for nothing would let every event through, whatever the others say. */
function validateAny(members: unknown, at: FieldPath): FieldError[] {
  if (!Array.isArray(members)) return [];
  return members.flatMap((member, index) =>
    asksForNothing(member)
      ? [invalidValue(member, [...at, index], 'expected a filter, got an empty one: fill it in or remove it')]
      : [],
  );
}

function validateMembers(members: unknown, at: FieldPath, depth: number): FieldError[] {
  if (!Array.isArray(members)) return [];
  return members.flatMap((member, index) => validateFilter(member, [...at, index], depth + 1));
}

function validateCesql(expression: unknown, at: FieldPath): FieldError[] {
  const text = String(expression);
  if (isBlank(text)) return [];
  const parsed = parseCesql(text);
  if (parsed.kind === 'ok') return [];
  return [invalidValue(text, at, `${parsed.message}, at character ${parsed.offset + 1} of the expression`)];
}

function validateFilter(filter: unknown, at: FieldPath, depth: number): FieldError[] {
  if (depth > filterDepthMax) return [fieldError(`filters nested more than ${filterDepthMax} deep`, [at])];
  const fields = fieldsOf(filter);
  const used = dialectNames.filter((dialect) => fields[dialect] !== undefined);
  if (used.length > 1) {
    const message = 'multiple dialects found, filters can have only one dialect set';
    return [fieldError(message, [at], `found: ${used.join(', ')}`)];
  }
  const [dialect] = used;
  if (dialect === undefined) return [];
  const [value, place] = [fields[dialect], [...at, dialect]];
  if (dialect === 'cesql') return validateCesql(value, place);
  if (dialect === 'not') return validateFilter(value, place, depth + 1);
  if (dialect === 'all') return validateMembers(value, place, depth);
  if (dialect === 'any') return [...validateAny(value, place), ...validateMembers(value, place, depth)];
  return validateText(value, place);
}

/** `at` is the path of the list. A filter that asks for nothing is no condition, as in Knative, except inside `any`. */
export function validateFilters(filters: readonly unknown[] | undefined, at: FieldPath): FieldError[] {
  return (filters ?? []).flatMap((filter, index) => validateFilter(filter, [...at, index], 0));
}

/** `at` is the path of `filter`. */
export function validateLegacyFilter(
  filter: { readonly attributes?: unknown } | undefined,
  at: FieldPath,
): FieldError[] {
  return validateNames(filter?.attributes, [...at, 'attributes']);
}

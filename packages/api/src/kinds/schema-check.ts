/**
 * JSON Schema to field errors: ajv finds, this file words (reference section 0.3).
 *
 * Schemas are compiled when a kind is first checked, once, since most processes meet few kinds.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type FieldError, type FieldPath, fieldError, invalidValue, missingField } from './field-error.ts';
import { nearestName } from './nearest.ts';

/** A JSON Schema document (draft-07 vocabulary with `$defs`). */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** What is wrong with a value by its schema, sorted by what follows from it. */
export interface SchemaFindings {
  /** Fields of a wrong type: no rule beyond the schema can be checked on such an object. */
  readonly structural: readonly FieldError[];
  /** Fields the schema does not know. */
  readonly unknown: readonly FieldError[];
  /** Values that are missing or not allowed. A kind's own rule for the same place says it better when there is one. */
  readonly values: readonly FieldError[];
}

let ajv: Ajv | undefined;
const compiled = new WeakMap<JsonSchema, ValidateFunction>();

function validator(schema: JsonSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  // `verbose` carries the value and the schema around it, from which hints are made.
  ajv ??= new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true });
  const made = ajv.compile(schema);
  compiled.set(schema, made);
  return made;
}

/** A JSON pointer as a path: steps into arrays become numbers. */
function pathOf(pointer: string, root: unknown): FieldPath {
  const path: (string | number)[] = [];
  let at = root;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(at) ? Number(key) : key);
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  }
  return path;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function namesIn(schema: unknown, keyword: 'properties'): string[] {
  const part = typeof schema === 'object' && schema !== null ? (schema as JsonSchema)[keyword] : undefined;
  return typeof part === 'object' && part !== null ? Object.keys(part) : [];
}

function unknownField(error: ErrorObject, path: FieldPath): FieldError {
  const name = String(error.params['additionalProperty']);
  const known = namesIn(error.parentSchema, 'properties');
  const near = nearestName(name, known);
  const at = [[...path, name]];
  if (near !== undefined) return fieldError(`unknown field; did you mean "${near}"?`, at);
  return fieldError('unknown field', at, known.length > 0 ? `known fields: ${known.join(', ')}` : undefined);
}

function typeError(error: ErrorObject, path: FieldPath): FieldError {
  const wanted = [error.params['type']].flat().join(' or ');
  const got = typeName(error.data);
  const scalar = typeof error.data === 'number' || typeof error.data === 'boolean';
  const hint = wanted === 'string' && scalar ? `; write it in quotes: "${String(error.data)}"` : '';
  return invalidValue(error.data, path, `expected ${wanted}, got ${got}${hint}`);
}

function valueError(error: ErrorObject, path: FieldPath): FieldError {
  if (error.keyword === 'required') return missingField([...path, String(error.params['missingProperty'])]);
  if (error.keyword === 'enum') {
    const allowed = (error.params['allowedValues'] as readonly unknown[]).map(String);
    const near = nearestName(String(error.data), allowed);
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    return invalidValue(error.data, path, `expected one of ${allowed.join(', ')}${hint}`);
  }
  return invalidValue(error.data, path, error.message);
}

/**
 * Findings of one sort that are told, at most. Each is worded with a search for near names and compared with those of the
 * kind's own rules; nobody reads as many, and an object can hold a hundred thousand.
 */
const findingsMax = 200;

/** Checks a value against a schema. Never throws for a value; a schema that does not compile is a bug and throws. */
export function checkSchema(schema: JsonSchema, value: unknown): SchemaFindings {
  const validate = validator(schema);
  const found = validate(value) ? [] : (validate.errors ?? []);
  const told = (sort: Sort, word: (error: ErrorObject, path: FieldPath) => FieldError): FieldError[] =>
    found
      .filter((error) => sortOf(error) === sort)
      .slice(0, findingsMax)
      .map((error) => word(error, pathOf(error.instancePath, value)));
  return {
    structural: told('structural', typeError),
    unknown: told('unknown', unknownField),
    values: told('values', valueError),
  };
}

type Sort = keyof SchemaFindings;

function sortOf({ keyword }: ErrorObject): Sort {
  if (keyword === 'type') return 'structural';
  return keyword === 'additionalProperties' ? 'unknown' : 'values';
}

/**
 * Errors of fields: what Knative's webhook would answer, and where in a document the cause stands.
 *
 * Source: reference section 0.3 (texts and rendering).
 */

/** Keys and indices from the root of an object to a field. */
export type FieldPath = readonly (string | number)[];

/** One thing that is wrong with an object, at one or more fields. */
export interface FieldError {
  readonly message: string;
  /** Rendered paths, as the text shows them: `spec.filters[0].exact`. */
  readonly paths: readonly string[];
  /** A longer explanation, on a line of its own when rendered. */
  readonly details?: string;
  /** Where to point in a document. Mostly one for each path; a place that is absent points at what it is missing from. */
  readonly locations: readonly FieldPath[];
}

/** Values are shown up to this length: an error is a line, not a dump of the document. */
const shownValueCharsMax = 200;

const plainKey = /^[A-Za-z_][\w-]*$/;

/** `a[0].b`; a key that is no plain word stands in brackets, as in `metadata.annotations[millrace.dev/start]`. */
export function formatPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number' || !plainKey.test(step)) text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** A value as errors show it: text as it is, anything else as JSON, cut when it is long. */
export function showValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > shownValueCharsMax ? `${text.slice(0, shownValueCharsMax)}…` : text;
}

/** An error with a text of its own at some fields. */
export function fieldError(message: string, locations: readonly FieldPath[], details?: string): FieldError {
  const paths = locations.map(formatPath);
  return details === undefined || details === ''
    ? { message, paths, locations }
    : { message, paths, locations, details };
}

/** The same error with other path texts: where Knative's differ from the place in the document. */
export function withPaths(error: FieldError, paths: readonly string[]): FieldError {
  return { ...error, paths };
}

/** Fields that must be there. */
export function missingField(...at: FieldPath[]): FieldError {
  return fieldError('missing field(s)', at);
}

/** Fields that must not be there. */
export function disallowedField(at: readonly FieldPath[], details?: string): FieldError {
  return fieldError('must not set the field(s)', at, details);
}

/** A value that a field cannot have. */
export function invalidValue(value: unknown, at: FieldPath, details?: string): FieldError {
  return fieldError(`invalid value: ${showValue(value)}`, [at], details);
}

/** Of these fields exactly one must be there, and none is. */
export function missingOneOf(...at: FieldPath[]): FieldError {
  return fieldError('expected exactly one, got neither', at);
}

/** Of these fields exactly one must be there, and more are. */
export function multipleOneOf(...at: FieldPath[]): FieldError {
  return fieldError('expected exactly one, got both', at);
}

/** Of these fields one or more must be there, and none is. */
export function missingAtLeastOneOf(...at: FieldPath[]): FieldError {
  return fieldError('expected at least one, got none', at);
}

/** A key that a map cannot have. `at` is the map: the text names it, and the place is the key in it. */
export function invalidKeyName(key: string, at: FieldPath, details?: string): FieldError {
  const error = fieldError(`invalid key name ${JSON.stringify(key)}`, [at], details);
  return { ...error, locations: [[...at, key]] };
}

/** A number outside of its range, both ends being in it. */
export function outOfRange(value: number, low: number, high: number, at: FieldPath): FieldError {
  return fieldError(`expected ${low} <= ${value} <= ${high}`, [at]);
}

/** A change of what must not change. `details` is a short diff. */
export function immutableFields(at: readonly FieldPath[], details: string): FieldError {
  return fieldError('Immutable fields changed (-old +new)', at, details);
}

/** Errors that share message and details become one; paths are sorted and each stands once; errors are sorted. */
export function mergeFieldErrors(errors: readonly FieldError[]): FieldError[] {
  const groups = new Map<string, [FieldError, ...FieldError[]]>();
  for (const error of errors) {
    const key = JSON.stringify([error.message, error.details ?? '']);
    const alike = groups.get(key);
    if (alike === undefined) groups.set(key, [error]);
    else alike.push(error);
  }
  const merged = [...groups.values()].map((alike): FieldError => {
    const paths = [...new Set(alike.flatMap((error) => error.paths))].sort();
    return { ...alike[0], paths, locations: alike.flatMap((error) => error.locations) };
  });
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return merged.sort((a, b) => byText(a.message, b.message) || byText(a.details ?? '', b.details ?? ''));
}

/** The text Knative's webhook puts after `validation failed: `. */
export function renderFieldErrors(errors: readonly FieldError[]): string {
  return mergeFieldErrors(errors)
    .map(({ message, paths, details }) => {
      const line = `${message}: ${paths.join(', ')}`;
      return details === undefined ? line : `${line}\n${details}`;
    })
    .join('\n');
}

/**
 * Values, errors and type casts of CESQL.
 * Source: CloudEvents SQL Expression Language 1.0, sections 3.1 (types), 3.3 (errors) and 3.7 (casts).
 */

import { isInteger32 } from '../event/attributes.ts';

/** A String, an Integer (32 bits, signed) or a Boolean. */
export type CesqlValue = string | number | boolean;

export type CesqlType = 'String' | 'Integer' | 'Boolean';

/** The error types of section 3.3 that an evaluation can meet. A ParseError is told by `parseCesql` instead. */
export type CesqlErrorKind =
  | 'math'
  | 'cast'
  | 'missingAttribute'
  | 'missingFunction'
  | 'functionEvaluation'
  | 'generic';

/** What went wrong in an evaluation, in words. Source: section 3.3. */
export interface CesqlError {
  readonly kind: CesqlErrorKind;
  readonly message: string;
}

export const integerMin = -2_147_483_648;
export const integerMax = 2_147_483_647;

export function typeOf(value: CesqlValue): CesqlType {
  if (typeof value === 'string') return 'String';
  return typeof value === 'number' ? 'Integer' : 'Boolean';
}

/** The zero value of a type (section 3.1): what an expression gives beside an error. */
export function zeroOf(type: CesqlType): CesqlValue {
  if (type === 'String') return '';
  return type === 'Integer' ? 0 : false;
}

/** `undefined` where the text is not a base-10 integer of 32 bits; a leading sign is allowed. */
export function integerFromText(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = Number(text);
  // Adding 0 turns the -0 of "-0" into 0.
  return isInteger32(value) ? value + 0 : undefined;
}

/** `undefined` where the text, in lower case, is neither `true` nor `false`. */
export function booleanFromText(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  return lower === 'false' ? false : undefined;
}

/** Casts by the table of section 3.7; `undefined` where the cast is a CastError. */
export function castTo(type: CesqlType, value: CesqlValue): CesqlValue | undefined {
  if (type === 'String') return String(value);
  if (type === 'Integer') return typeof value === 'string' ? integerFromText(value) : Number(value);
  return typeof value === 'string' ? booleanFromText(value) : Boolean(value);
}

/** Characters of a text that a message shows, at most: an attribute may be long, and many events may fail alike. */
const shownLengthMax = 64;

/** A text as messages show it, cut when it is long. */
export function shownText(text: string): string {
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}

/** A value as it would be written in an expression: strings in quotes. */
export function literalText(value: CesqlValue): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
}

/**
 * What the files of the dialects share. Each of them exports `compile(value, context)`, which gives a `Compiled`.
 */
import type { CompiledFilter } from './filter.ts';

/** The dialects of one entry of `spec.filters`, as manifests name them. */
export const dialectNames = ['exact', 'prefix', 'suffix', 'all', 'any', 'not', 'cesql'] as const;

/** all, any and not inside one another, at most: bounds the recursion of checking, compiling, matching and explaining. */
export const filterDepthMax = 32;

/** Names a filter may ask for; names of attributes are in lower case. */
export const attributeNamePattern = /^[a-z][a-z0-9]*$/;

/** Where in the object a filter stands, and how a filter inside it is compiled. */
export interface CompileContext {
  /** Path of the value, such as `spec.filters[0].any`. */
  readonly path: string;
  readonly compileNested: (spec: unknown, path: string) => Compiled;
}

export type Compiled =
  | { readonly kind: 'ok'; readonly filter: CompiledFilter }
  /** Nothing is asked for, as by `{}`: passes everything, and `not` of it does too. */
  | { readonly kind: 'none' }
  | CompileError;

export interface CompileError {
  readonly kind: 'error';
  /** The field that cannot be used, such as `spec.filters[0].exact`. */
  readonly path: string;
  /** What was expected and what to do. */
  readonly message: string;
}

export function compileError(path: string, message: string): CompileError {
  return { kind: 'error', path, message };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What passes everything, with the reason `none`. */
export const passAll: CompiledFilter = {
  matches: () => true,
  explain: () => ({ dialect: 'none', result: true, children: [] }),
};

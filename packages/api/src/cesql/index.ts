/** CESQL 1.0: the SQL expression language of CloudEvents. */
export type { CesqlNode } from './ast.ts';
export type { CesqlTrace } from './explain.ts';
export * from './expression.ts';
export { compileLike, type LikePattern } from './like.ts';
export type { CesqlError, CesqlErrorKind, CesqlType, CesqlValue } from './value.ts';

/** Dialect `exact`: each attribute is there and is the text, case-sensitively. */
import { compileAttributeMap } from './attribute-map.ts';
import type { CompileContext, Compiled } from './dialect.ts';

export function compile(value: unknown, context: CompileContext): Compiled {
  const test = (got: string, wanted: string): boolean => got === wanted;
  return compileAttributeMap({ name: 'exact', test, emptyAllowed: false }, value, context.path);
}

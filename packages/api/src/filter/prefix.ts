/** Dialect `prefix`: each attribute is there and begins with the text. */
import { compileAttributeMap } from './attribute-map.ts';
import type { CompileContext, Compiled } from './dialect.ts';

export function compile(value: unknown, context: CompileContext): Compiled {
  const test = (got: string, wanted: string): boolean => got.startsWith(wanted);
  return compileAttributeMap({ name: 'prefix', test, emptyAllowed: false }, value, context.path);
}

/** Dialect `suffix`: each attribute is there and ends with the text. */
import { compileAttributeMap } from './attribute-map.ts';
import type { CompileContext, Compiled } from './dialect.ts';

export function compile(value: unknown, context: CompileContext): Compiled {
  const test = (got: string, wanted: string): boolean => got.endsWith(wanted);
  return compileAttributeMap({ name: 'suffix', test, emptyAllowed: false }, value, context.path);
}

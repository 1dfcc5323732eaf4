/** Legacy `spec.filter.attributes`: each attribute is there and is the text; the text `""` takes any that is not empty. */
import { compileAttributeMap } from './attribute-map.ts';
import type { CompileContext, Compiled } from './dialect.ts';

export function compile(value: unknown, context: CompileContext): Compiled {
  const test = (got: string, wanted: string): boolean => (wanted === '' ? got !== '' : got === wanted);
  return compileAttributeMap({ name: 'attributes', test, emptyAllowed: true }, value, context.path);
}

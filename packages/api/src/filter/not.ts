/** Dialect `not`: passes when its filter does not. `not` of a filter that asks for nothing asks for nothing. */
import type { CompileContext, Compiled } from './dialect.ts';

export function compile(value: unknown, context: CompileContext): Compiled {
  const compiled = context.compileNested(value, context.path);
  if (compiled.kind !== 'ok') return compiled;
  const { filter } = compiled;
  return {
    kind: 'ok',
    filter: {
      matches: (event) => !filter.matches(event),
      explain: (event) => {
        const child = filter.explain(event);
        return { dialect: 'not', result: !child.result, children: [child] };
      },
    },
  };
}

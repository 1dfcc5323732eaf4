/** Dialect `all`: passes when every filter of the list does. A list without any asks for nothing. */
import { type CompileContext, type Compiled, compileError } from './dialect.ts';
import type { CompiledFilter } from './filter.ts';

export function compile(value: unknown, context: CompileContext): Compiled {
  if (!Array.isArray(value)) return compileError(context.path, 'expected a list of filters');
  const members: CompiledFilter[] = [];
  for (const [index, spec] of value.entries()) {
    const compiled = context.compileNested(spec, `${context.path}[${index}]`);
    if (compiled.kind === 'error') return compiled;
    if (compiled.kind === 'ok') members.push(compiled.filter);
  }
  return members.length === 0 ? { kind: 'none' } : { kind: 'ok', filter: allOf(members) };
}

/** Also what several entries of `spec.filters` mean together. */
export function allOf(members: readonly CompiledFilter[]): CompiledFilter {
  return {
    matches: (event) => {
      for (const member of members) if (!member.matches(event)) return false;
      return true;
    },
    explain: (event) => {
      const children = members.map((member) => member.explain(event));
      return { dialect: 'all', result: children.every(({ result }) => result), children };
    },
  };
}

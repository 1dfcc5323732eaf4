/** Dialect `any`: passes when at least one filter of the list does. A list without any asks for nothing. */
import { type CompileContext, type Compiled, compileError } from './dialect.ts';
import type { CompiledFilter } from './filter.ts';

export function compile(value: unknown, context: CompileContext): Compiled {
  if (!Array.isArray(value)) return compileError(context.path, 'expected a list of filters');
  const members: CompiledFilter[] = [];
  for (const [index, spec] of value.entries()) {
    const path = `${context.path}[${index}]`;
    const compiled = context.compileNested(spec, path);
    if (compiled.kind === 'error') return compiled;
    // A member that asks for nothing would make the others meaningless: surely not what was wanted (design section 7).
    if (compiled.kind === 'none')
      return compileError(path, 'expected a filter, got an empty one: fill it in or remove it');
    members.push(compiled.filter);
  }
  return members.length === 0 ? { kind: 'none' } : { kind: 'ok', filter: anyOf(members) };
}

function anyOf(members: readonly CompiledFilter[]): CompiledFilter {
  return {
    matches: (event) => {
      for (const member of members) if (member.matches(event)) return true;
      return false;
    },
    explain: (event) => {
      const children = members.map((member) => member.explain(event));
      return { dialect: 'any', result: children.some(({ result }) => result), children };
    },
  };
}

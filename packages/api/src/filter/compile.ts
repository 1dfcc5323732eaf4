/**
 * A filter as objects hold it, to one that is evaluated. Filters decide by the text of attributes in every dialect.
 * Source: reference section 3.4 with the differences of design section 7.
 */
import * as all from './all.ts';
import { allOf } from './all.ts';
import * as any from './any.ts';
import * as attributes from './attributes.ts';
import * as cesql from './cesql.ts';
import {
  type CompileContext,
  type Compiled,
  type CompileError,
  compileError,
  dialectNames,
  filterDepthMax,
  isRecord,
  passAll,
} from './dialect.ts';
import * as exact from './exact.ts';
import type { CompiledFilter, TriggerFilter } from './filter.ts';
import * as not from './not.ts';
import * as prefix from './prefix.ts';
import * as suffix from './suffix.ts';

type Dialect = (value: unknown, context: CompileContext) => Compiled;

const byName = { exact, prefix, suffix, all, any, not, cesql };
const dialects = new Map<string, Dialect>(dialectNames.map((name) => [name, byName[name].compile]));

export type CompileFilterResult = { readonly kind: 'ok'; readonly filter: CompiledFilter } | CompileError;

/**
 * `filters` decides alone when it is there and not empty, else `attributes`; where nothing is set all events pass. Never
 * throws: what came past admission, whatever its shape, is an error with its path.
 */
export function compileFilter(filter: TriggerFilter): CompileFilterResult {
  const { filters, attributes } = filter;
  const decides = filters !== undefined && !(Array.isArray(filters) && filters.length === 0);
  const compiled = decides ? compileList(filters) : compileAttributes(attributes);
  return compiled.kind === 'none' ? { kind: 'ok', filter: passAll } : compiled;
}

function compileAttributes(value: unknown): Compiled {
  if (value === undefined) return { kind: 'none' };
  return attributes.compile(value, contextAt('spec.filter.attributes', 0));
}

/** Entries of `spec.filters` must all pass. */
function compileList(entries: unknown): Compiled {
  if (!Array.isArray(entries)) return compileError('spec.filters', 'expected a list of filters');
  const filters: CompiledFilter[] = [];
  for (const [index, entry] of entries.entries()) {
    const compiled = compileSpec(entry, `spec.filters[${index}]`, 0);
    if (compiled.kind === 'error') return compiled;
    if (compiled.kind === 'ok') filters.push(compiled.filter);
  }
  const [only, ...others] = filters;
  if (only === undefined) return { kind: 'none' };
  return { kind: 'ok', filter: others.length === 0 ? only : allOf(filters) };
}

function compileSpec(spec: unknown, path: string, nesting: number): Compiled {
  if (nesting > filterDepthMax) return compileError(path, `filters are nested deeper than ${filterDepthMax} levels`);
  if (!isRecord(spec)) return compileError(path, 'expected a filter: a map with one dialect');
  const [name, ...others] = Object.keys(spec).filter((key) => spec[key] !== undefined);
  if (name === undefined) return { kind: 'none' };
  if (others.length > 0) return compileError(path, 'multiple dialects found, filters can have only one dialect set');
  const compile = dialects.get(name);
  if (compile === undefined) {
    return compileError(path, `expected one of ${dialectNames.join(', ')}, got "${name}"`);
  }
  return compile(spec[name], contextAt(`${path}.${name}`, nesting));
}

function contextAt(path: string, nesting: number): CompileContext {
  return { path, compileNested: (spec, nestedPath) => compileSpec(spec, nestedPath, nesting + 1) };
}

/**
 * Dialect `cesql`: passes when the expression gives the Boolean true and no error; a missing attribute is an error.
 * Source: CloudEvents SQL Expression Language 1.0, section 1.2.
 */
import { type CesqlTrace, parseCesql } from '../cesql/index.ts';
import type { CloudEvent } from '../event/index.ts';
import { type CompileContext, type Compiled, compileError } from './dialect.ts';
import type { FilterTrace } from './filter.ts';
import { absentHint, nearMiss } from './hint.ts';

export function compile(value: unknown, context: CompileContext): Compiled {
  if (typeof value !== 'string') return compileError(context.path, 'expected an expression as text: put it in quotes');
  if (value.trim() === '') return { kind: 'none' };
  const parsed = parseCesql(value);
  if (parsed.kind === 'error') {
    return compileError(context.path, `${parsed.message}, at character ${parsed.offset + 1} of the expression`);
  }
  const { expression } = parsed;
  return {
    kind: 'ok',
    filter: {
      matches: (event) => expression.passes(event),
      explain: (event) => ({ ...traceOf(expression.explain(event), event), expression: value }),
    },
  };
}

function traceOf(trace: CesqlTrace, event: CloudEvent): FilterTrace {
  const { text, value, attribute, wanted, got, children } = trace;
  const error = trace.error?.message ?? (typeof value === 'boolean' ? undefined : notBoolean(value));
  const hint = hintOf(trace, event);
  return {
    dialect: 'cesql',
    result: value === true && trace.error === undefined,
    ...(attribute === undefined ? {} : { attribute }),
    ...(wanted === undefined ? {} : { wanted }),
    ...(got === undefined ? {} : { got }),
    expression: text,
    ...(error === undefined ? {} : { error }),
    ...(hint === undefined ? {} : { hint }),
    children: children.map((child) => traceOf(child, event)),
  };
}

function notBoolean(value: string | number): string {
  const type = typeof value === 'string' ? `the String "${value}"` : `the Integer ${value}`;
  return `the expression gives ${type}, a filter needs a Boolean`;
}

function hintOf(trace: CesqlTrace, event: CloudEvent): string | undefined {
  if (!trace.needed) return 'not needed: what stands to the left decides';
  const { attribute, got, wanted } = trace;
  if (trace.value === true || attribute === undefined || trace.children.length > 0) return undefined;
  if (event.attributes[attribute] === undefined && got === undefined) return absentHint(event, attribute);
  if (got === undefined || wanted === undefined) return undefined;
  return nearMiss((one, other) => one === other, got, wanted);
}

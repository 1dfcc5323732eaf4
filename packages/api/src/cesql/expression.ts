/**
 * The public face of CESQL: text to a compiled expression, which evaluates and explains.
 * Source: CloudEvents SQL Expression Language 1.0.
 */
import type { CloudEvent } from '../event/index.ts';
import type { CesqlNode } from './ast.ts';
import { compileNode } from './compile.ts';
import { type CesqlTrace, explainNode } from './explain.ts';
import { isFailure, typeOfNode } from './failure.ts';
import { SyntaxFailure } from './lexer.ts';
import { parse } from './parser.ts';
import { type CesqlError, type CesqlValue, zeroOf } from './value.ts';

/** UTF-16 units of an expression at most: some hundred clauses, and parsed in about a millisecond. */
export const cesqlLengthMax = 16_384;

/** The value of an expression, and the first error where there was one; then the value says nothing about the event. */
export interface CesqlEvaluation {
  readonly value: CesqlValue;
  readonly error?: CesqlError;
}

/** An expression compiled once: pure, without limit on how often or for which events it is used. */
export interface CesqlExpression {
  readonly text: string;
  readonly root: CesqlNode;
  evaluate(event: CloudEvent): CesqlEvaluation;
  /** As a filter (section 1.2): the value is the Boolean true and there is no error. Allocates nothing of its own. */
  passes(event: CloudEvent): boolean;
  /** Every clause with its value. For people, not for the hot path. */
  explain(event: CloudEvent): CesqlTrace;
}

export type CesqlParseResult =
  | { readonly kind: 'ok'; readonly expression: CesqlExpression }
  /** A ParseError. `offset` is where in the text, in UTF-16 units. */
  | { readonly kind: 'error'; readonly message: string; readonly offset: number };

/** Reads and compiles an expression. Never throws: what is no CESQL is an error with its place. Source: section 2. */
export function parseCesql(text: string): CesqlParseResult {
  if (text.length > cesqlLengthMax) {
    const message = `the expression has ${text.length} characters, at most ${cesqlLengthMax} are allowed`;
    return { kind: 'error', message, offset: cesqlLengthMax };
  }
  try {
    return { kind: 'ok', expression: compileExpression(text, parse(text)) };
  } catch (error) {
    if (error instanceof SyntaxFailure) return { kind: 'error', message: error.message, offset: error.offset };
    throw error;
  }
}

function compileExpression(text: string, root: CesqlNode): CesqlExpression {
  const run = compileNode(root);
  return {
    text,
    root,
    evaluate: (event) => {
      const result = run(event);
      if (!isFailure(result)) return { value: result };
      // The outermost operator has a value of its own beside the error only when the error arose in it (section 3.3).
      const value = result.origin === root ? result.value : zeroOf(typeOfNode(root));
      return { value, error: result.error };
    },
    passes: (event) => run(event) === true,
    explain: (event) => explainNode(text, root, event),
  };
}

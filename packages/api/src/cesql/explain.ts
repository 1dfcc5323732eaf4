/**
 * Why a CESQL expression gives what it gives: its clauses as a tree, each with its value, and for a clause on one
 * attribute what was wanted and what the event has.
 *
 * Clauses that AND or OR did not need are evaluated too, since they are pure, and marked as not needed.
 */
import type { CloudEvent } from '../event/index.ts';
import { attributeOf } from '../filter/attribute.ts';
import { type CesqlNode, childrenOf } from './ast.ts';
import { compileNode } from './compile.ts';
import { isFailure, typeOfNode } from './failure.ts';
import { booleanFromText, type CesqlError, type CesqlValue, literalText, zeroOf } from './value.ts';

/** One clause with its value for one event. */
export interface CesqlTrace {
  /** The clause as it stands in the expression. */
  readonly text: string;
  readonly value: CesqlValue;
  readonly error?: CesqlError;
  /** False for a clause that a clause to its left made superfluous. */
  readonly needed: boolean;
  /** The only attribute the clause reads, if it is only one. */
  readonly attribute?: string;
  readonly wanted?: string;
  /** The attribute's text, or the value of the left side where that is not just an attribute. */
  readonly got?: string;
  /** Clauses of AND, OR, XOR and NOT; empty for any other. */
  readonly children: readonly CesqlTrace[];
}

export function explainNode(text: string, node: CesqlNode, event: CloudEvent, needed = true): CesqlTrace {
  const result = compileNode(node)(event);
  const outcome = isFailure(result)
    ? { value: result.origin === node ? result.value : zeroOf(typeOfNode(node)), error: result.error }
    : { value: result };
  return {
    text: text.slice(node.start, node.end),
    ...outcome,
    needed,
    ...wantedAndGot(text, node, event),
    children: explainClauses(text, node, event, needed),
  };
}

function explainClauses(text: string, node: CesqlNode, event: CloudEvent, needed: boolean): CesqlTrace[] {
  if (node.kind === 'not') return [explainNode(text, node.operand, event, needed)];
  if (node.kind !== 'logic') return [];
  let undecided = needed;
  return node.operands.map((operand) => {
    const clause = explainNode(text, operand, event, undecided);
    if (clause.error !== undefined) undecided = false;
    else if (node.operator !== 'XOR' && isTrue(clause.value) === (node.operator === 'OR')) undecided = false;
    return clause;
  });
}

function isTrue(value: CesqlValue): boolean {
  return typeof value === 'string' ? booleanFromText(value) === true : Boolean(value);
}

function wantedAndGot(
  text: string,
  node: CesqlNode,
  event: CloudEvent,
): { attribute?: string; wanted?: string; got?: string } {
  const subject = subjectOf(node);
  if (subject === undefined) return {};
  const names = new Set<string>();
  collectAttributes(node, names);
  const [name] = names;
  const attribute = names.size === 1 && name !== undefined ? { attribute: name } : {};
  const got = subject.operand === undefined ? presence(event, name) : valueText(subject.operand, event);
  return { ...attribute, wanted: wantedOf(text, node), ...(got === undefined ? {} : { got }) };
}

/** The side of a comparison that is told as "got". */
function subjectOf(node: CesqlNode): { readonly operand: CesqlNode | undefined } | undefined {
  switch (node.kind) {
    case 'exists':
      return { operand: undefined };
    case 'like':
    case 'in':
      return { operand: node.operand };
    case 'comparison':
      return { operand: node.left.kind === 'literal' ? node.right : node.left };
    default:
      return undefined;
  }
}

function presence(event: CloudEvent, name: string | undefined): string | undefined {
  return name === undefined ? undefined : attributeOf(event, name);
}

function valueText(node: CesqlNode, event: CloudEvent): string | undefined {
  const value = compileNode(node)(event);
  return isFailure(value) ? undefined : String(value);
}

function wantedOf(text: string, node: CesqlNode): string {
  const source = (part: CesqlNode): string => text.slice(part.start, part.end);
  switch (node.kind) {
    case 'exists':
      return 'present';
    case 'like':
      return `${node.negated ? 'not like' : 'like'} ${literalText(node.pattern)}`;
    case 'in':
      return `${node.negated ? 'none of' : 'one of'} ${node.items.map(source).join(', ')}`;
    case 'comparison': {
      const swapped = node.left.kind === 'literal';
      const other = swapped ? node.left : node.right;
      const operand = other.kind === 'literal' ? String(other.value) : source(other);
      const operator = swapped ? mirrored[node.operator] : node.operator;
      if (operator === '=') return operand;
      return operator === '!=' ? `not ${operand}` : `${operator} ${operand}`;
    }
    default:
      return source(node);
  }
}

/** `5 < x` is told as `x > 5`. */
const mirrored = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function collectAttributes(node: CesqlNode, names: Set<string>): void {
  if (node.kind === 'attribute' || node.kind === 'exists') names.add(node.name);
  for (const child of childrenOf(node)) collectAttributes(child, names);
}

/**
 * The syntax tree of a CESQL expression. Read by the compiler, by explanations and by the trigger index, which finds in
 * it what an event must have for the expression to be true.
 */
import type { CesqlValue } from './value.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
/** `<>` is read as `!=`. */
export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type LogicOperator = 'AND' | 'OR' | 'XOR';

interface Span {
  /** Offsets into the expression, in UTF-16 units: `text.slice(start, end)` is the clause without parentheses around it. */
  readonly start: number;
  readonly end: number;
  /** Levels of this tree, itself included: bounds the recursion of whoever walks it. */
  readonly depth: number;
}

export type CesqlNode =
  | (Span & { readonly kind: 'literal'; readonly value: CesqlValue })
  /** `name` is in lower case. */
  | (Span & { readonly kind: 'attribute'; readonly name: string })
  /** `name` is in upper case. */
  | (Span & { readonly kind: 'call'; readonly name: string; readonly args: readonly CesqlNode[] })
  | (Span & { readonly kind: 'not'; readonly operand: CesqlNode })
  | (Span & { readonly kind: 'negate'; readonly operand: CesqlNode })
  | (Span & { readonly kind: 'exists'; readonly name: string })
  | (Span & { readonly kind: 'like'; readonly operand: CesqlNode; readonly pattern: string; readonly negated: boolean })
  | (Span & {
      readonly kind: 'in';
      readonly operand: CesqlNode;
      readonly items: readonly CesqlNode[];
      readonly negated: boolean;
    })
  | (Span & {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: CesqlNode;
      readonly right: CesqlNode;
    })
  | (Span & {
      readonly kind: 'comparison';
      readonly operator: ComparisonOperator;
      readonly left: CesqlNode;
      readonly right: CesqlNode;
    })
  /** A run of one operator, `a AND b AND c`, is one node with all its operands, at least two. */
  | (Span & { readonly kind: 'logic'; readonly operator: LogicOperator; readonly operands: readonly CesqlNode[] });

/** A node's fields without `depth`, which follows from its children. */
type Without<N> = N extends CesqlNode ? Omit<N, 'depth'> : never;
export type NodeFields = Without<CesqlNode>;

export function childrenOf(node: NodeFields): readonly CesqlNode[] {
  switch (node.kind) {
    case 'literal':
    case 'attribute':
    case 'exists':
      return [];
    case 'call':
      return node.args;
    case 'not':
    case 'negate':
    case 'like':
      return [node.operand];
    case 'in':
      return [node.operand, ...node.items];
    case 'arithmetic':
    case 'comparison':
      return [node.left, node.right];
    case 'logic':
      return node.operands;
  }
}

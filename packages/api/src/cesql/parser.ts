/**
 * CESQL tokens to a syntax tree, by precedence climbing.
 *
 * Tightest first (section 3.6): function call; NOT and unary minus; LIKE, EXISTS, IN; `* / %`; `+ -`; comparisons; and on
 * one level AND, OR and XOR. Operators of one level are taken from left to right, so `a OR b AND c` is `(a OR b) AND c`.
 *
 * P1. Recursion is bounded: by nestingMax while parsing, by treeDepthMax for whoever walks the tree afterwards.
 *
 * Source: CloudEvents SQL Expression Language 1.0, sections 2 and 3.6.
 */
import { isInteger32 } from '../event/attributes.ts';
import {
  type ArithmeticOperator,
  type CesqlNode,
  type ComparisonOperator,
  childrenOf,
  type LogicOperator,
  type NodeFields,
} from './ast.ts';
import { SyntaxFailure, type Token, tokenize } from './lexer.ts';
import { integerMax } from './value.ts';

/** Parentheses, unary operators and arguments inside one another: far beyond what a person writes, far below the stack. */
const nestingMax = 64;
/** `1 + 1 + 1 …` makes a tree as deep as it is long; a run of one logic operator does not. */
const treeDepthMax = 128;

const binaryPrecedence: ReadonlyMap<string, number> = new Map([
  ...['AND', 'OR', 'XOR'].map((operator) => [operator, 1] as const),
  ...['=', '!=', '<>', '<', '<=', '>', '>='].map((operator) => [operator, 2] as const),
  ...['+', '-'].map((operator) => [operator, 3] as const),
  ...['*', '/', '%'].map((operator) => [operator, 4] as const),
  ...['LIKE', 'IN', 'NOT'].map((operator) => [operator, 5] as const),
]);

/** Throws SyntaxFailure. */
export function parse(text: string): CesqlNode {
  const parser = new Parser(tokenize(text));
  const root = parser.expression(1);
  parser.expectEnd();
  return root;
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') throw this.#unexpected('an operator or the end of the expression');
  }

  expression(minimum: number): CesqlNode {
    // With the parentheses of the operands, of which a node's own span knows nothing.
    const { start } = this.#peek();
    let left = this.#operand();
    for (;;) {
      const token = this.#peek();
      const isOperator = token.kind === 'symbol' || token.kind === 'keyword';
      const precedence = isOperator ? binaryPrecedence.get(token.text) : undefined;
      if (precedence === undefined || precedence < minimum) return left;
      this.#next();
      if (precedence === 5) left = this.#likeOrIn(left, token, start);
      else left = precedence === 1 ? this.#logic(left, token, start) : this.#binary(left, token, precedence, start);
    }
  }

  /** All operands of a run of one operator at once. */
  #logic(left: CesqlNode, token: Token, start: number): CesqlNode {
    const operator = token.text as LogicOperator;
    const operands = left.kind === 'logic' && left.operator === operator ? [...left.operands] : [left];
    operands.push(this.expression(2));
    while (this.#peek().kind === 'keyword' && this.#peek().text === operator) {
      this.#next();
      operands.push(this.expression(2));
    }
    return this.#node({ kind: 'logic', operator, operands, start, end: this.#previous().end });
  }

  #binary(left: CesqlNode, operator: Token, precedence: number, start: number): CesqlNode {
    // An operand of the next tighter level: equal operators then group from the left.
    const right = this.expression(precedence + 1);
    const span = { start, end: this.#previous().end };
    if (precedence === 2) {
      const comparison = (operator.text === '<>' ? '!=' : operator.text) as ComparisonOperator;
      return this.#node({ kind: 'comparison', operator: comparison, left, right, ...span });
    }
    return this.#node({ kind: 'arithmetic', operator: operator.text as ArithmeticOperator, left, right, ...span });
  }

  #likeOrIn(operand: CesqlNode, operator: Token, start: number): CesqlNode {
    const negated = operator.text === 'NOT';
    const word = negated ? this.#next() : operator;
    if (word.kind === 'keyword' && word.text === 'LIKE') {
      const pattern = this.#next();
      if (pattern.kind !== 'string') throw this.#unexpected('a pattern in quotes after LIKE', pattern);
      return this.#node({
        kind: 'like',
        operand,
        pattern: pattern.text,
        negated,
        start,
        end: pattern.end,
      });
    }
    if (word.kind === 'keyword' && word.text === 'IN') {
      const items = this.#list('after IN');
      if (items.length === 0) throw this.#unexpected('at least one value in the list after IN', this.#previous());
      return this.#node({ kind: 'in', operand, items, negated, start, end: this.#previous().end });
    }
    throw this.#unexpected('LIKE or IN after NOT', word);
  }

  /** A value with its unary operators. */
  #operand(): CesqlNode {
    const token = this.#next();
    // P1. Every recursion of the parser comes through here.
    if (++this.#nesting > nestingMax) {
      throw new SyntaxFailure(`the expression is nested deeper than ${nestingMax} levels`, token.start);
    }
    const node = token.kind === 'keyword' ? this.#keywordOperand(token) : this.#plainOperand(token);
    this.#nesting--;
    return node;
  }

  #keywordOperand(token: Token): CesqlNode {
    const { start } = token;
    switch (token.text) {
      case 'TRUE':
      case 'FALSE':
        return this.#node({ kind: 'literal', value: token.text === 'TRUE', start, end: token.end });
      case 'NOT': {
        const operand = this.#operand();
        return this.#node({ kind: 'not', operand, start, end: this.#previous().end });
      }
      case 'EXISTS': {
        const name = this.#next();
        if (!isAttributeName(name)) throw this.#unexpected('the name of an attribute after EXISTS', name);
        return this.#node({ kind: 'exists', name: name.text.toLowerCase(), start, end: name.end });
      }
      default:
        throw this.#unexpected('a value', token);
    }
  }

  #plainOperand(token: Token): CesqlNode {
    const { start, end } = token;
    if (token.kind === 'string') return this.#node({ kind: 'literal', value: token.text, start, end });
    if (token.kind === 'integer') return this.#integer(token, start, 1);
    if (token.kind === 'word') return this.#nameOrCall(token);
    if (token.text === '(' && token.kind === 'symbol') {
      const inner = this.expression(1);
      this.#expectSymbol(')', 'to close the parenthesis');
      return inner;
    }
    if (token.kind === 'symbol' && (token.text === '-' || token.text === '+')) return this.#signed(token);
    throw this.#unexpected('a value', token);
  }

  /** A sign that touches its digits belongs to the literal, so that -2147483648 can be written. */
  #signed(sign: Token): CesqlNode {
    const next = this.#peek();
    if (next.kind === 'integer' && next.start === sign.end) {
      this.#next();
      return this.#integer(next, sign.start, sign.text === '-' ? -1 : 1);
    }
    if (sign.text === '+') throw this.#unexpected('a value', sign);
    const operand = this.#operand();
    return this.#node({ kind: 'negate', operand, start: sign.start, end: this.#previous().end });
  }

  #integer(token: Token, start: number, sign: 1 | -1): CesqlNode {
    // Adding 0 turns -0 into 0.
    const value = sign * Number(token.text) + 0;
    if (!isInteger32(value)) {
      throw new SyntaxFailure(`${token.text} is not a 32-bit integer (at most ${integerMax})`, start);
    }
    return this.#node({ kind: 'literal', value, start, end: token.end });
  }

  #nameOrCall(token: Token): CesqlNode {
    const { start, end } = token;
    const next = this.#peek();
    if (next.kind === 'symbol' && next.text === '(') {
      if (/[0-9]/.test(token.text) || token.text.startsWith('_')) {
        throw this.#unexpected('the name of a function (letters and _)', token);
      }
      const args = this.#list('after the name of a function');
      return this.#node({ kind: 'call', name: token.text.toUpperCase(), args, start, end: this.#previous().end });
    }
    if (!isAttributeName(token)) throw this.#unexpected('an attribute (letters and digits)', token);
    return this.#node({ kind: 'attribute', name: token.text.toLowerCase(), start, end });
  }

  #list(where: string): CesqlNode[] {
    this.#expectSymbol('(', where);
    const items: CesqlNode[] = [];
    if (this.#peek().text === ')' && this.#peek().kind === 'symbol') {
      this.#next();
      return items;
    }
    for (;;) {
      items.push(this.expression(1));
      const separator = this.#next();
      if (separator.kind === 'symbol' && separator.text === ')') return items;
      if (separator.kind !== 'symbol' || separator.text !== ',') throw this.#unexpected('"," or ")"', separator);
    }
  }

  #node(fields: NodeFields): CesqlNode {
    let depth = 0;
    for (const child of childrenOf(fields)) depth = Math.max(depth, child.depth);
    // P1. Chains of binary operators deepen the tree without recursion here.
    if (depth >= treeDepthMax) {
      throw new SyntaxFailure(`the expression has more than ${treeDepthMax} operators in one chain`, fields.start);
    }
    return { ...fields, depth: depth + 1 };
  }

  #expectSymbol(symbol: string, where: string): void {
    const token = this.#next();
    if (token.kind !== 'symbol' || token.text !== symbol) throw this.#unexpected(`"${symbol}" ${where}`, token);
  }

  #unexpected(wanted: string, token: Token = this.#peek()): SyntaxFailure {
    const got = token.kind === 'end' ? token.text : `"${token.text}"`;
    return new SyntaxFailure(`expected ${wanted}, got ${got}`, token.start);
  }

  #peek(): Token {
    return this.#at(this.#position);
  }

  #previous(): Token {
    return this.#at(this.#position - 1);
  }

  /** Stays at the last token, which is the end. */
  #next(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#position++;
    return token;
  }

  #at(position: number): Token {
    const token = this.#tokens[position];
    if (token === undefined) throw new RangeError(`no token at ${position}`);
    return token;
  }
}

function isAttributeName(token: Token): boolean {
  return token.kind === 'integer' || (token.kind === 'word' && !token.text.includes('_'));
}

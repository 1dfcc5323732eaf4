/**
 * Arithmetic and comparison of CESQL.
 *
 * Integers have 32 bits. A result that does not fit is a MathError with the value 0: the specification sets the rule for
 * ABS only, and wrapping around would let a filter pass on a wrong number.
 *
 * Source: CloudEvents SQL Expression Language 1.0, sections 3.4.1, 3.4.2 and 3.7.
 */
import { isInteger32 } from '../event/attributes.ts';
import { attributeOf } from '../filter/attribute.ts';
import type { ArithmeticOperator, CesqlNode, ComparisonOperator } from './ast.ts';
import { castFailure, type Evaluator, type Failure, failure, isFailure } from './failure.ts';
import { type CesqlValue, castTo, typeOf } from './value.ts';

export function compileNegate(node: CesqlNode, operand: Evaluator): Evaluator {
  return (event) => {
    const value = operand(event);
    if (isFailure(value)) return value;
    const cast = castTo('Integer', value);
    if (cast === undefined) return castFailure(node, value, 'Integer');
    return fitting(node, -Number(cast));
  };
}

export function compileArithmetic(
  node: CesqlNode & { readonly kind: 'arithmetic' },
  left: Evaluator,
  right: Evaluator,
): Evaluator {
  const { operator } = node;
  return onIntegers(node, left, right, (x, y) => calculate(node, operator, x, y));
}

/** Both operands as integers, the left one first; what fails on the way is the result. */
function onIntegers(
  node: CesqlNode,
  left: Evaluator,
  right: Evaluator,
  combine: (x: number, y: number) => CesqlValue | Failure,
): Evaluator {
  return (event) => {
    const x = left(event);
    if (isFailure(x)) return x;
    const y = right(event);
    if (isFailure(y)) return y;
    const xCast = castTo('Integer', x);
    if (xCast === undefined) return castFailure(node, x, 'Integer');
    const yCast = castTo('Integer', y);
    if (yCast === undefined) return castFailure(node, y, 'Integer');
    return combine(Number(xCast), Number(yCast));
  };
}

function calculate(node: CesqlNode, operator: ArithmeticOperator, x: number, y: number): CesqlValue | Failure {
  switch (operator) {
    case '+':
      return fitting(node, x + y);
    case '-':
      return fitting(node, x - y);
    case '*':
      // Beyond 2^53 the product is rounded, but then it does not fit either way.
      return fitting(node, x * y);
    case '/':
      return y === 0 ? failure(node, 'math', 'division by zero') : fitting(node, Math.trunc(x / y));
    case '%':
      return y === 0 ? failure(node, 'math', 'remainder of a division by zero') : fitting(node, x % y);
  }
}

function fitting(node: CesqlNode, result: number): CesqlValue | Failure {
  // Adding 0 turns -0 into 0.
  return isInteger32(result) ? result + 0 : failure(node, 'math', `${result} does not fit 32 bits`);
}

export function compileComparison(
  node: CesqlNode & { readonly kind: 'comparison' },
  left: Evaluator,
  right: Evaluator,
): Evaluator {
  const { operator } = node;
  if (operator !== '=' && operator !== '!=') return compileOrdering(node, operator, left, right);
  const wanted = operator === '=';
  // The common case has a path of its own: an attribute, whatever its type, against a text.
  if (node.left.kind === 'attribute' && node.right.kind === 'literal' && typeof node.right.value === 'string') {
    const { name } = node.left;
    const text = node.right.value;
    return (event) => {
      const value = attributeOf(event, name);
      return value === undefined ? left(event) : (value === text) === wanted;
    };
  }
  return (event) => {
    const x = left(event);
    if (isFailure(x)) return x;
    const y = right(event);
    if (isFailure(y)) return y;
    const type = typeOf(y);
    const cast = castTo(type, x);
    return cast === undefined ? castFailure(node, x, type) : (cast === y) === wanted;
  };
}

function compileOrdering(
  node: CesqlNode,
  operator: Exclude<ComparisonOperator, '=' | '!='>,
  left: Evaluator,
  right: Evaluator,
): Evaluator {
  return onIntegers(node, left, right, (x, y) => {
    if (operator === '<') return x < y;
    if (operator === '<=') return x <= y;
    return operator === '>' ? x > y : x >= y;
  });
}

/**
 * A CESQL syntax tree to closures, once per expression.
 *
 * C1. Evaluation stops at the first error (the "fail fast" mode of section 4.1): an operator whose operand failed hands
 *     the failure on as it is. Since an event with any error does not pass a filter, no filter can tell the difference.
 * C2. Evaluation reads the event and nothing else, changes nothing, and ends: closures only call those of their operands.
 *
 * Source: CloudEvents SQL Expression Language 1.0, section 3.
 */
import { attributeOf } from '../filter/attribute.ts';
import type { CesqlNode } from './ast.ts';
import { castFailure, type Evaluator, failure, isFailure } from './failure.ts';
import { findFunction, hasFunction } from './functions.ts';
import { compileLike } from './like.ts';
import { compileArithmetic, compileComparison, compileNegate } from './operators.ts';
import { booleanFromText, type CesqlValue, castTo, integerFromText, typeOf } from './value.ts';

/** The closure that evaluates a node. Never throws when it is called: an error is its result (section 3.3). */
export function compileNode(node: CesqlNode): Evaluator {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'attribute':
      return compileAttribute(node);
    case 'exists':
      return (event) => attributeOf(event, node.name) !== undefined;
    case 'not':
      return compileNot(node);
    case 'negate':
      return compileNegate(node, compileNode(node.operand));
    case 'like':
      return compileLikeNode(node);
    case 'in':
      return compileIn(node);
    case 'arithmetic':
      return compileArithmetic(node, compileNode(node.left), compileNode(node.right));
    case 'comparison':
      return compileComparison(node, compileNode(node.left), compileNode(node.right));
    case 'logic':
      return compileLogic(node);
    case 'call':
      return compileCall(node);
  }
}

/**
 * An attribute is a String, unless it came as a JSON number or boolean whose canonical text it still is. Any other text
 * stays a String: then its value as a String is the attribute's text in every case, which the trigger index relies on.
 */
function compileAttribute(node: CesqlNode & { readonly kind: 'attribute' }): Evaluator {
  const { name } = node;
  const missing = failure(node, 'missingAttribute', `the event has no attribute ${name}`);
  return (event) => {
    const text = attributeOf(event, name);
    if (text === undefined) return missing;
    const type = event.nonString?.[name];
    if (type === undefined) return text;
    const value = type === 'Integer' ? integerFromText(text) : booleanFromText(text);
    return value === undefined || String(value) !== text ? text : value;
  };
}

/**
 * The conformance tests want `NOT 10` to be a CastError with the value `true`, although the table of section 3.7 casts
 * Integer to Boolean: a failed cast gives `false`, of which NOT makes `true`.
 */
function compileNot(node: CesqlNode & { readonly kind: 'not' }): Evaluator {
  const operand = compileNode(node.operand);
  return (event) => {
    const value = operand(event);
    if (typeof value === 'boolean') return !value;
    if (isFailure(value)) return value;
    const cast = typeof value === 'string' ? booleanFromText(value) : undefined;
    return cast === undefined ? castFailure(node, value, 'Boolean', true) : !cast;
  };
}

function compileLikeNode(node: CesqlNode & { readonly kind: 'like' }): Evaluator {
  const operand = compileNode(node.operand);
  const { matches } = compileLike(node.pattern);
  const wanted = !node.negated;
  return (event) => {
    const value = operand(event);
    if (isFailure(value)) return value;
    return matches(typeof value === 'string' ? value : String(value)) === wanted;
  };
}

/** Items are tried from the left and cast to the type of what is looked for; the first equal one ends the search. */
function compileIn(node: CesqlNode & { readonly kind: 'in' }): Evaluator {
  const operand = compileNode(node.operand);
  const items = node.items.map(compileNode);
  const found = !node.negated;
  return (event) => {
    const value = operand(event);
    if (isFailure(value)) return value;
    const type = typeOf(value);
    for (const evaluateItem of items) {
      const item = evaluateItem(event);
      if (isFailure(item)) return item;
      const cast = castTo(type, item);
      if (cast === undefined) return castFailure(node, item, type);
      if (cast === value) return found;
    }
    return !found;
  };
}

function compileLogic(node: CesqlNode & { readonly kind: 'logic' }): Evaluator {
  const operands = node.operands.map((operand) => booleanOf(node, compileNode(operand)));
  if (node.operator === 'XOR') {
    return (event) => {
      let result = false;
      for (const operand of operands) {
        const value = operand(event);
        if (isFailure(value)) return value;
        result = result !== value;
      }
      return result;
    };
  }
  // AND is decided by the first false, OR by the first true: what stands to the right of it is not evaluated.
  const deciding = node.operator === 'OR';
  return (event) => {
    for (const operand of operands) {
      const value = operand(event);
      if (value === deciding || isFailure(value)) return value;
    }
    return !deciding;
  };
}

function booleanOf(node: CesqlNode, operand: Evaluator): Evaluator {
  return (event) => {
    const value = operand(event);
    if (typeof value === 'boolean' || isFailure(value)) return value;
    return castTo('Boolean', value) ?? castFailure(node, value, 'Boolean');
  };
}

function compileCall(node: CesqlNode & { readonly kind: 'call' }): Evaluator {
  const target = findFunction(node.name, node.args.length);
  if (target === undefined) {
    const missing = hasFunction(node.name)
      ? `${node.name} does not take ${node.args.length} arguments`
      : `there is no function ${node.name}`;
    const missingFunction = failure(node, 'missingFunction', missing);
    return () => missingFunction;
  }
  const args = node.args.map(compileNode);
  const { parameters, rest, call } = target;
  return (event) => {
    const values: CesqlValue[] = [];
    for (const [index, evaluateArgument] of args.entries()) {
      const value = evaluateArgument(event);
      if (isFailure(value)) return value;
      const type = parameters[index] ?? rest ?? 'Any';
      const cast = type === 'Any' ? value : castTo(type, value);
      if (cast === undefined) return castFailure(node, value, type === 'Any' ? 'String' : type);
      values.push(cast);
    }
    const result = call(values);
    return typeof result === 'object' ? failure(node, result.kind, result.message, result.value) : result;
  };
}

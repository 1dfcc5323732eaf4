/**
 * What an event must have for a CESQL expression to give true without an error.
 *
 * An expression that reads a missing attribute fails, so that every attribute that is surely read must be there. AND
 * needs each operand, OR one of them; of OR only the first operand is surely read.
 */
import { type CesqlNode, compileLike } from '@millrace/api';
import { every, key, present, type Requirement, some, unknown } from './requirement.ts';

/** What an event must have for the expression of this tree to give true (Q1). */
export function cesqlRequirement(node: CesqlNode): Requirement {
  switch (node.kind) {
    case 'logic':
      return logicRequirement(node);
    case 'comparison':
      return node.operator === '=' ? equalRequirement(node) : read(node);
    case 'in':
      return node.negated ? read(node) : inRequirement(node);
    case 'like':
      return likeRequirement(node);
    case 'exists':
      return present(node.name);
    case 'literal':
      return unknown;
    default:
      return read(node);
  }
}

function logicRequirement(node: CesqlNode & { readonly kind: 'logic' }): Requirement {
  if (node.operator === 'XOR') return read(node);
  const operands = node.operands.map(cesqlRequirement);
  if (node.operator === 'AND') return every(operands);
  return every([some(operands), read(node)]);
}

function equalRequirement(node: CesqlNode & { readonly kind: 'comparison' }): Requirement {
  const { left, right } = node;
  // The right side sets the type: an attribute against a text is compared as text, whatever its own type.
  if (left.kind === 'attribute' && right.kind === 'literal' && typeof right.value === 'string') {
    return key('exact', left.name, right.value);
  }
  if (right.kind === 'attribute' && left.kind === 'literal') return castRequirement(right.name, String(left.value));
  return read(node);
}

function inRequirement(node: CesqlNode & { readonly kind: 'in' }): Requirement {
  const { operand, items } = node;
  if (operand.kind !== 'attribute') return read(node);
  const { name } = operand;
  const literals = items.map((item) => (item.kind === 'literal' ? castRequirement(name, String(item.value)) : unknown));
  return every([some(literals), present(name)]);
}

/**
 * Texts of an attribute that a literal can equal when it is cast to the attribute's own type: an Integer 5 equals `'05'`
 * and a Boolean true equals `'TRUE'`, whose canonical texts are `5` and `true`.
 */
function castRequirement(name: string, literal: string): Requirement {
  const texts = new Set([literal]);
  // `Number` reads more than CESQL does; a text too many costs an evaluation, a text too few would lose an event.
  const integer = Number(literal);
  if (Number.isInteger(integer)) texts.add(String(integer + 0));
  // An Integer or a Boolean on the left of IN meets Booleans as 1 and 0, and Integers as true and false.
  const lower = literal.toLowerCase();
  if (lower === 'true' || lower === 'false') for (const text of [lower, lower === 'true' ? '1' : '0']) texts.add(text);
  if (Number.isInteger(integer)) texts.add(integer === 0 ? 'false' : 'true');
  return some([...texts].map((text) => key('exact', name, text)));
}

function likeRequirement(node: CesqlNode & { readonly kind: 'like' }): Requirement {
  const { operand, negated } = node;
  if (negated || operand.kind !== 'attribute') return read(node);
  const { prefix, suffix, exact } = compileLike(node.pattern);
  if (exact) return key('exact', operand.name, prefix);
  return every([key('prefix', operand.name, prefix), ...(suffix === '' ? [] : [key('suffix', operand.name, suffix)])]);
}

/** The attributes that evaluation cannot do without. */
function read(node: CesqlNode): Requirement {
  const names = new Set<string>();
  collectRead(node, names);
  return every([...names].map(present));
}

function collectRead(node: CesqlNode, names: Set<string>): void {
  switch (node.kind) {
    case 'literal':
    case 'exists':
      return;
    case 'attribute':
      names.add(node.name);
      return;
    case 'not':
    case 'negate':
    case 'like':
    case 'in':
      // The items of a list are read only until one is equal.
      collectRead(node.operand, names);
      return;
    case 'arithmetic':
    case 'comparison':
      collectRead(node.left, names);
      collectRead(node.right, names);
      return;
    case 'call':
      for (const argument of node.args) collectRead(argument, names);
      return;
    case 'logic':
      for (const operand of node.operator === 'XOR' ? node.operands : node.operands.slice(0, 1)) {
        collectRead(operand, names);
      }
  }
}

/**
 * How an error travels through an evaluation: as a result beside the three types of values.
 * Source: CloudEvents SQL Expression Language 1.0, sections 3.2 and 3.3.
 */
import type { CloudEvent } from '../event/index.ts';
import type { CesqlNode } from './ast.ts';
import { findFunction } from './functions.ts';
import {
  type CesqlError,
  type CesqlErrorKind,
  type CesqlType,
  type CesqlValue,
  literalText,
  shownText,
  typeOf,
  zeroOf,
} from './value.ts';

/** An error on its way up: where it arose and the value that place gives beside it. */
export interface Failure {
  readonly error: CesqlError;
  readonly origin: CesqlNode;
  readonly value: CesqlValue;
}

export type Evaluator = (event: CloudEvent) => CesqlValue | Failure;

export function isFailure(result: CesqlValue | Failure): result is Failure {
  return typeof result === 'object';
}

/** What a node gives when nothing goes wrong; Boolean where that depends on the event (section 3.2). */
export function typeOfNode(node: CesqlNode): CesqlType {
  switch (node.kind) {
    case 'literal':
      return typeOf(node.value);
    case 'negate':
    case 'arithmetic':
      return 'Integer';
    case 'call':
      return findFunction(node.name, node.args.length)?.returns ?? 'Boolean';
    default:
      return 'Boolean';
  }
}

export function failure(
  origin: CesqlNode,
  kind: CesqlErrorKind,
  message: string,
  value: CesqlValue = zeroOf(typeOfNode(origin)),
): Failure {
  return { origin, error: { kind, message }, value };
}

export function castFailure(origin: CesqlNode, value: CesqlValue, type: CesqlType, result?: CesqlValue): Failure {
  const shown = literalText(typeof value === 'string' ? shownText(value) : value);
  return failure(origin, 'cast', `${shown} cannot be cast to ${type}`, result);
}

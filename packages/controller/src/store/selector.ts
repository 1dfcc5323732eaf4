/** Label and field selectors in the text form of the Kubernetes API. */
import type { Resource } from '@millrace/api';
import { StoreError } from './store-error.ts';

export type LabelRequirement =
  | { readonly kind: 'in' | 'not-in'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'exists' | 'absent'; readonly key: string };

/** All of them hold. */
export type LabelSelector = readonly LabelRequirement[];

const keyText = '[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?';
const setPattern = new RegExp(String.raw`^(${keyText})\s+(in|notin)\s*\(([^()]*)\)$`);
const equalPattern = new RegExp(String.raw`^(${keyText})\s*(==|=|!=)\s*([A-Za-z0-9._-]*)$`);
const existsPattern = new RegExp(String.raw`^(!?)\s*(${keyText})$`);

/** Parses e.g. `app=shop,tier in (a,b),!old`. Throws `StoreError` (`invalid`). */
export function parseLabelSelector(text: string): LabelSelector {
  return splitOutsideParentheses(text)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseRequirement);
}

function parseRequirement(text: string): LabelRequirement {
  const set = setPattern.exec(text);
  if (set) {
    const values = (set[4] ?? '').split(',').map((value) => value.trim());
    return { kind: set[3] === 'in' ? 'in' : 'not-in', key: set[1] ?? '', values };
  }
  const equal = equalPattern.exec(text);
  if (equal) return { kind: equal[3] === '!=' ? 'not-in' : 'in', key: equal[1] ?? '', values: [equal[4] ?? ''] };
  const exists = existsPattern.exec(text);
  if (exists) return { kind: exists[1] === '!' ? 'absent' : 'exists', key: exists[2] ?? '' };
  throw new StoreError('invalid', `unable to parse the label selector at "${text}": expected e.g. app=shop`);
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

export function matchesLabels(resource: Pick<Resource, 'metadata'>, selector: LabelSelector): boolean {
  const labels = resource.metadata.labels ?? {};
  return selector.every((requirement) =>
    holds(requirement, Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined),
  );
}

function holds(requirement: LabelRequirement, value: string | undefined): boolean {
  switch (requirement.kind) {
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case 'not-in':
      return value === undefined || !requirement.values.includes(value);
  }
}

/** Parses `metadata.name=x,metadata.namespace=y`. Throws `StoreError` (`invalid`) for any other field. */
export function parseFieldSelector(text: string): { name?: string; namespace?: string } {
  const result: { name?: string; namespace?: string } = {};
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const match = /^\s*([^=!\s]+)\s*==?\s*(\S*)\s*$/.exec(part);
    const [, field, value = ''] = match ?? [];
    if (field === 'metadata.name') result.name = value;
    else if (field === 'metadata.namespace') result.namespace = value;
    else {
      throw new StoreError(
        'invalid',
        `field label not supported: "${part.trim()}": expected metadata.name= or metadata.namespace=`,
      );
    }
  }
  return result;
}

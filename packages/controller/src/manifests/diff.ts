/** What changed between two states of an object: as a list, and in words a person reads in passing. */
import type { Resource } from '@millrace/api';
import { isObject, jsonEqual, omit } from '../store/json.ts';
import { refOf, shortName } from '../store/keys.ts';

export interface FieldChange {
  readonly path: readonly (string | number)[];
  /** Absent: it was not there. */
  readonly before?: unknown;
  /** Absent: it is not there any more. */
  readonly after?: unknown;
}

/** Changes named in words; the others are counted. */
const changesShown = 3;
/** Characters of a value that are shown. */
const valueCharactersShown = 60;

/** Labels, annotations and all content but status: what a manifest can say. */
export function diffResources(before: Resource, after: Resource): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  const said = (resource: Resource) => ({
    ...omit(resource, 'apiVersion', 'kind', 'metadata', 'status'),
    metadata: { labels: resource.metadata.labels ?? {}, annotations: resource.metadata.annotations ?? {} },
  });
  collect([], said(before), said(after), changes);
  return changes;
}

/** `trigger/ship changed: filter type "order.paid" → "order.created"` */
export function describeChanges(resource: Resource, changes: readonly FieldChange[]): string {
  const isSecret = resource.kind === 'Secret';
  const words = changes.slice(0, changesShown).map((change) => describeChange(change, isSecret));
  const more = changes.length - words.length;
  const list = more > 0 ? [...words, `${more} more`] : words;
  return `${shortName(refOf(resource))} changed: ${list.join(', ')}`;
}

function collect(path: readonly (string | number)[], before: unknown, after: unknown, changes: FieldChange[]): void {
  if (jsonEqual(before, after)) return;
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      collect([...path, key], own(before, key), own(after, key), changes);
    }
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [index, item] of before.entries()) collect([...path, index], item, after[index], changes);
  } else {
    changes.push({
      path,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
  }
}

function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function describeChange({ path, before, after }: FieldChange, isSecret: boolean): string {
  const name = wordsOf(path);
  if (isSecret && path[0] !== 'metadata') return name;
  if (before === undefined) return `${name} ${show(after)} added`;
  if (after === undefined) return `${name} ${show(before)} removed`;
  return `${name} ${show(before)} → ${show(after)}`;
}

/** A path as people say it: `spec.filter.attributes.type` is "filter type". */
function wordsOf(path: readonly (string | number)[]): string {
  const [first, second, ...rest] = path;
  if (first === 'metadata') return `${second === 'labels' ? 'label' : 'annotation'} ${rest.join('.')}`.trim();
  const words: string[] = [];
  for (const [index, step] of path.entries()) {
    if (index === 0 && step === 'spec') continue;
    if (step === 'attributes' || (step === 'exact' && index + 1 < path.length)) continue;
    if (step === 'filters' && index + 1 < path.length) words.push('filter');
    else if (typeof step === 'number') {
      if (step > 0) words.push(String(step + 1));
    } else words.push(step);
  }
  return words.join(' ');
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > valueCharactersShown ? `${text.slice(0, valueCharactersShown)}…` : text;
}

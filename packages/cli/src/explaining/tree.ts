/** The tree of a filter with its result at each clause: as text for people. */
import type { FilterTrace } from '@millrace/api';
import type { Colors } from '../terminal/color.ts';
import { cut, widthOf } from '../terminal/table.ts';

/** Results stand below each other up to this column: one long expression must not push all of them out of sight. */
const clauseWidthMax = 56;

/**
 * Lines of the tree, with the result of each clause behind it and then what the event has instead. On a terminal of
 * `width` characters what does not fit stands on a line of its own below.
 */
export function treeLines(trace: FilterTrace, colors: Colors, width?: number): readonly string[] {
  const rows = flatten(trace, 0);
  const column = Math.min(clauseWidthMax, Math.max(...rows.map(({ text }) => widthOf(text))));
  return rows.flatMap(({ text, depth, result, note }) => {
    const word = result ? colors.green('TRUE ') : colors.red('FALSE');
    const clause = `${text}${' '.repeat(Math.max(0, column - widthOf(text)))}`;
    const line = `${clause}  ${word}`;
    if (note === '') return [cut(line.trimEnd(), width)];
    if (width === undefined || widthOf(line) + 2 + widthOf(note) <= width) return [`${line}  ${note}`];
    if (widthOf(line.trimEnd()) <= width) return [line.trimEnd(), cut(`${' '.repeat(2 * depth + 4)}${note}`, width)];
    return [cut(text, width), cut(`${' '.repeat(2 * depth + 4)}${word}  ${note}`, width)];
  });
}

interface Row {
  readonly text: string;
  readonly depth: number;
  readonly result: boolean;
  readonly note: string;
}

function flatten(trace: FilterTrace, depth: number): readonly Row[] {
  const text = `${'  '.repeat(depth)}${clauseText(trace)}`;
  const row = { text, depth, result: trace.result, note: noteOf(trace) };
  return [row, ...trace.children.flatMap((child) => flatten(child, depth + 1))];
}

function clauseText(trace: FilterTrace): string {
  if (trace.dialect === 'none') return 'no filter: every event passes';
  const parts = [trace.dialect];
  if (trace.attribute !== undefined) parts.push(trace.attribute);
  if (trace.wanted !== undefined) parts.push(JSON.stringify(trace.wanted));
  if (trace.expression !== undefined && trace.attribute === undefined) parts.push(trace.expression);
  return parts.join(' ');
}

/** What the event has instead, in one short clause. */
function noteOf(trace: FilterTrace): string {
  if (isAbsent(trace)) return 'the event has none';
  const parts: string[] = [];
  if (trace.attribute !== undefined && !trace.result) parts.push(`got ${JSON.stringify(trace.got)}`);
  if (trace.error !== undefined) parts.push(trace.error);
  if (trace.hint !== undefined) parts.push(`(${trace.hint})`);
  return parts.join(' ');
}

const isAbsent = (trace: FilterTrace) => trace.attribute !== undefined && trace.got === undefined && !trace.result;

/** Whether some clause asked for an attribute that the event does not have: then its names are worth seeing. */
export function misses(trace: FilterTrace): boolean {
  return isAbsent(trace) || trace.children.some(misses);
}

/** The first clause that made it false, in a few words: `type`, `source prefix`, for one-line views. */
export function shortReason(trace: FilterTrace): string {
  const leaf = firstFalseLeaf(trace);
  if (!leaf) return 'filter';
  if (leaf.attribute !== undefined) return leaf.got === undefined ? `no ${leaf.attribute}` : leaf.attribute;
  return leaf.dialect;
}

function firstFalseLeaf(trace: FilterTrace): FilterTrace | undefined {
  if (trace.result) return undefined;
  for (const child of trace.children) {
    const found = firstFalseLeaf(child);
    if (found) return found;
  }
  return trace;
}

/** The tree of a filter with its result at each clause: as text for people. */
import type { FilterTrace } from '@millrace/api';
import type { Colors } from '../terminal/color.ts';
import { widthOf } from '../terminal/table.ts';

/** Lines of the tree; results stand below each other, and what was got stands behind a clause that failed. */
export function treeLines(trace: FilterTrace, colors: Colors): readonly string[] {
  const rows = flatten(trace, 0);
  const width = Math.max(...rows.map(({ text }) => widthOf(text)));
  return rows.map(({ text, result, note }) => {
    const word = result ? colors.green('TRUE ') : colors.red('FALSE');
    return `${text}${' '.repeat(width - widthOf(text))}  ${word}${note ? `  ${note}` : ''}`.trimEnd();
  });
}

interface Row {
  readonly text: string;
  readonly result: boolean;
  readonly note: string;
}

function flatten(trace: FilterTrace, depth: number): readonly Row[] {
  const row = { text: `${'  '.repeat(depth)}${clauseText(trace)}`, result: trace.result, note: noteOf(trace) };
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

function noteOf(trace: FilterTrace): string {
  const parts: string[] = [];
  if (trace.attribute !== undefined && !trace.result)
    parts.push(trace.got === undefined ? 'the event has none' : `got ${JSON.stringify(trace.got)}`);
  if (trace.error !== undefined) parts.push(trace.error);
  if (trace.hint !== undefined) parts.push(`(${trace.hint})`);
  return parts.join(' ');
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

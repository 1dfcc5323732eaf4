/** Tables as `kubectl` prints them: columns of text with three spaces in between, cut to the terminal's width. */

export interface TableOptions {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that stand at the right, as numbers do. */
  readonly right?: readonly number[];
  /** Longest line; absent: as long as it takes (scripts, pipes). */
  readonly width?: number;
  readonly noHeaders?: boolean;
  readonly gap?: number;
  /** Least widths of columns, so that rows printed one at a time stand below each other. */
  readonly minWidths?: readonly number[];
}

/** The table's text with a line end after each line. */
export function renderTable(options: TableOptions): string {
  const lines = options.noHeaders ? options.rows : [options.headers, ...options.rows];
  const gap = ' '.repeat(options.gap ?? 3);
  const widths = options.headers.map((_, column) =>
    Math.max(options.minWidths?.[column] ?? 0, ...lines.map((line) => widthOf(line[column] ?? ''))),
  );
  const text = lines.map((line) => {
    const cells = widths.map((width, column) => {
      const cell = line[column] ?? '';
      const fill = ' '.repeat(width - widthOf(cell));
      if (options.right?.includes(column)) return fill + cell;
      return column === widths.length - 1 ? cell : cell + fill;
    });
    return cut(cells.join(gap), options.width);
  });
  return text.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Cuts to `width` characters with an ellipsis; escape sequences are not counted and are kept. */
export function cut(text: string, width: number | undefined): string {
  if (width === undefined || widthOf(text) <= width) return text;
  let left = Math.max(0, width - 1);
  const kept: string[] = [];
  for (const [token] of text.matchAll(tokenPattern)) {
    if (token.startsWith(escapeChar)) kept.push(token);
    else if (left > 0) {
      kept.push(token);
      left--;
    } else if (left === 0) {
      kept.push('…');
      left--;
    }
  }
  return kept.join('');
}

/**
 * Joins parts with `gap` into lines of at most `width` characters; lines after the first are indented. A part that
 * is longer than a line is cut. Without a width all parts stand on one line.
 */
export function flow(
  parts: readonly string[],
  width: number | undefined,
  indent: number,
  gap = '  ',
): readonly string[] {
  if (width === undefined) return [parts.join(gap)];
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    if (line === '') line = part;
    else if (widthOf(line) + gap.length + widthOf(part) <= width) line += gap + part;
    else {
      lines.push(line);
      line = ' '.repeat(indent) + part;
    }
  }
  return [...lines, line].map((one) => cut(one, width));
}

export function widthOf(text: string): number {
  return [...stripColors(text)].length;
}

const escapeChar = String.fromCharCode(27);
const colorPattern = new RegExp(`${escapeChar}\\[[0-9;]*m`, 'g');
/** One escape sequence, or one character. */
const tokenPattern = new RegExp(`${escapeChar}\\[[0-9;]*m|.`, 'gsu');

export function stripColors(text: string): string {
  return text.includes(escapeChar) ? text.replace(colorPattern, '') : text;
}

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

/** Cuts to `width` characters with an ellipsis; escape sequences are not counted. */
export function cut(text: string, width: number | undefined): string {
  if (width === undefined || widthOf(text) <= width) return text;
  return `${[...stripColors(text)].slice(0, Math.max(0, width - 1)).join('')}…`;
}

export function widthOf(text: string): number {
  return [...stripColors(text)].length;
}

const escapeChar = String.fromCharCode(27);
const colorPattern = new RegExp(`${escapeChar}\\[[0-9;]*m`, 'g');

export function stripColors(text: string): string {
  return text.includes(escapeChar) ? text.replace(colorPattern, '') : text;
}

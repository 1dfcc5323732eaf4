/** What a benchmark scenario gives: figures with their spread, and the bars they are held to. */

export interface BenchRow {
  readonly label: string;
  readonly unit: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface BenchCheck {
  readonly what: string;
  /** What is to hold, in words, such as `≤ 1.1`. */
  readonly bar: string;
  readonly got: string;
  readonly holds: boolean;
}

export interface BenchResult {
  readonly name: string;
  readonly rows: readonly BenchRow[];
  readonly checks: readonly BenchCheck[];
}

/** The figures of several rounds; throws where there are none. */
export function rowOf(label: string, unit: string, figures: readonly number[]): BenchRow {
  if (figures.length === 0) throw new RangeError(`no figures for ${label}`);
  const sorted = [...figures].sort((one, other) => one - other);
  const at = (index: number): number => sorted[index] as number;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { label, unit, min: at(0), median, max: at(sorted.length - 1) };
}

/** A table for people. */
export function formatResult(result: BenchResult): string {
  const labelWidth = Math.max(0, ...result.rows.map(({ label }) => label.length));
  const lines = [
    result.name,
    `  ${' '.repeat(labelWidth)}${['min', 'median', 'max'].map((head) => head.padStart(10)).join('')}`,
  ];
  for (const { label, unit, min, median, max } of result.rows) {
    const figures = [min, median, max].map((figure) => figure.toFixed(3).padStart(10)).join('');
    lines.push(`  ${label.padEnd(labelWidth)}${figures} ${unit}`);
  }
  for (const { what, bar, got, holds } of result.checks) {
    lines.push(`  ${holds ? 'holds' : 'FAILS'}: ${what}: ${got} (bar: ${bar})`);
  }
  return `${lines.join('\n')}\n`;
}

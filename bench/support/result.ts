/** What a benchmark scenario gives: figures with their spread, what makes them valid, and the bars they are held to. */

export interface BenchRow {
  readonly label: string;
  readonly unit: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface BenchCheck {
  /**
   * `verified`: what must be so whatever the figures are, such as that nothing was lost; a run without it has failed.
   * `believed`: what must be so for the figures to be those of the system and not of the machine or the generator.
   * `bar`: what a figure is held to.
   */
  readonly kind: 'verified' | 'believed' | 'bar';
  readonly what: string;
  /** What is to hold, in words, such as `≤ 1.1`. */
  readonly bar: string;
  readonly got: string;
  readonly holds: boolean;
  /** The line of the project's numbers to hold that this check answers: see `goals`. */
  readonly goal?: Goal;
}

export interface BenchResult {
  readonly name: string;
  readonly rows: readonly BenchRow[];
  readonly checks: readonly BenchCheck[];
}

/** The numbers to hold that concern the local log, in their order. */
export const goals = {
  hop: 'local durable log, 1 matching trigger: CPU per event ÷ bare hop',
  furtherTrigger: 'each further matching trigger: CPU ÷ one bare undici post',
  manyTriggers: '10,000 triggers of which 1 matches: CPU per event ÷ same with 1 trigger',
  idle: 'idle resident memory, everything in one process',
  idleTriggers: 'resident memory added by 1,000 idle triggers',
  lostByKill: 'acknowledged events lost after kill -9',
  repeatedByKill: 'duplicates after kill -9, beside what was in flight',
} as const;

export type Goal = keyof typeof goals;

/** The figures of several rounds; throws where there are none. */
export function rowOf(label: string, unit: string, figures: readonly number[]): BenchRow {
  if (figures.length === 0) throw new RangeError(`no figures for ${label}`);
  const sorted = [...figures].sort((one, other) => one - other);
  const at = (index: number): number => sorted[index] as number;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { label, unit, min: at(0), median, max: at(sorted.length - 1) };
}

/** Holds a figure's median to the most it may be. */
export function atMost(row: BenchRow, most: number, goal?: Goal): BenchCheck {
  return {
    kind: 'bar',
    what: row.label,
    bar: `≤ ${most} ${row.unit}`,
    got: `${row.median.toFixed(2)} ${row.unit}`,
    holds: row.median <= most,
    ...(goal ? { goal } : {}),
  };
}

/** Holds a figure's median to the least it may be. */
export function atLeast(row: BenchRow, least: number): BenchCheck {
  return {
    kind: 'bar',
    what: row.label,
    bar: `≥ ${least} ${row.unit}`,
    got: `${row.median.toFixed(2)} ${row.unit}`,
    holds: row.median >= least,
  };
}

const broken: Readonly<Record<BenchCheck['kind'], string>> = {
  verified: 'WRONG',
  believed: 'DO NOT BELIEVE',
  bar: 'DOES NOT HOLD',
};

/** Three digits that say something, whatever the size. */
export function formatFigure(figure: number): string {
  return figure >= 100 ? figure.toFixed(0) : figure.toFixed(figure >= 10 ? 1 : 3);
}

/** A table for people. */
export function formatResult(result: BenchResult): string {
  const labelWidth = Math.max(0, ...result.rows.map(({ label }) => label.length));
  const lines = [
    result.name,
    `  ${' '.repeat(labelWidth)}${['min', 'median', 'max'].map((head) => head.padStart(10)).join('')}`,
  ];
  for (const { label, unit, min, median, max } of result.rows) {
    const figures = [min, median, max].map((figure) => formatFigure(figure).padStart(10)).join('');
    lines.push(`  ${label.padEnd(labelWidth)}${figures} ${unit}`);
  }
  for (const { kind, what, bar, got, holds } of result.checks) {
    lines.push(`  ${holds ? 'holds' : broken[kind]}: ${what}: ${got} (bar: ${bar})`);
  }
  return `${lines.join('\n')}\n`;
}

/** For each number to hold: the figure, the bar, and whether it holds. */
export function formatGoals(results: readonly BenchResult[]): string {
  const checks = results.flatMap((one) => one.checks);
  const lines = Object.entries(goals).map(([goal, text]) => {
    const check = checks.find((one) => one.goal === goal);
    if (!check) return [text, '-', '-', 'not measured'] as const;
    return [text, check.got, check.bar, check.holds ? 'holds' : broken.bar] as const;
  });
  const table = [['number to hold (local log)', 'figure', 'bar', ''] as const, ...lines];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table
    .map(
      (line) =>
        `  ${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

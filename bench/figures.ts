/**
 * `pnpm bench --figures`: writes the figures of full runs into README.md, between its two marks, and keeps what they
 * were made from in `figures.json`, which is committed: `results` is not. What was not run again stays as it was.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scenarios } from './scenarios/index.ts';
import type { Machine } from './support/machine.ts';
import { type BenchResult, formatFigure, formatGoals } from './support/result.ts';

export interface RunFile extends Machine {
  readonly quick: boolean;
  readonly results: readonly BenchResult[];
}

const begin = '<!-- figures: written by pnpm bench --figures -->';
const end = '<!-- end of figures -->';

/** Gives what is new, for whoever asked; undefined when there is no full run of anything. */
export function writeFigures(folder = import.meta.dirname): readonly string[] | undefined {
  const read = (file: string) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);
  const before: Readonly<Record<string, RunFile>> = read(join(folder, 'figures.json')) ?? {};
  const runs = new Map<string, RunFile>();
  const written: string[] = [];
  for (const name of [...scenarios.map((one) => one.name), 'hop-profile']) {
    const now: RunFile | undefined = read(join(folder, 'results', `${name}.json`));
    if (now !== undefined) written.push(name);
    const run = now ?? before[name];
    if (run !== undefined) runs.set(name, run);
  }
  if (written.length === 0) return undefined;
  const readme = join(folder, 'README.md');
  const text = readFileSync(readme, 'utf8');
  if (!text.includes(begin) || !text.includes(end)) throw new Error(`${readme} has no place for figures`);
  const head = text.slice(0, text.indexOf(begin) + begin.length);
  writeFileSync(readme, `${head}\n\n${figuresText(runs)}\n${text.slice(text.indexOf(end))}`);
  writeFileSync(join(folder, 'figures.json'), `${JSON.stringify(Object.fromEntries(runs), undefined, 1)}\n`);
  return written;
}

function figuresText(runs: ReadonlyMap<string, RunFile>): string {
  const lines = [
    '### Numbers to hold',
    '',
    '```',
    formatGoals([...runs.values()].flatMap((run) => run.results)).trimEnd(),
    '```',
    '',
  ];
  for (const [name, run] of runs) {
    const command = name === 'hop-profile' ? 'pnpm bench hop --profile' : `pnpm bench ${name}`;
    const { at, commit, node, processors, memoryMiB } = run;
    lines.push(`### ${name}`, '');
    lines.push(
      `\`${command}\`, ${at.slice(0, 10)}, commit ${commit}, Node ${node}, ${processors}, ${(memoryMiB / 1024).toFixed(0)} GiB`,
      '',
    );
    for (const result of run.results) lines.push(...resultLines(result), '');
  }
  return lines.join('\n');
}

function resultLines({ name, rows, checks }: BenchResult): readonly string[] {
  return [
    `${name}.`,
    '',
    '| figure | minimum | median | maximum | unit |',
    '|---|---|---|---|---|',
    ...rows.map(
      ({ label, unit, min, median, max }) =>
        `| ${label} | ${[min, median, max].map((figure) => formatFigure(figure ?? Number.NaN)).join(' | ')} | ${unit} |`,
    ),
    '',
    ...checks.map(
      ({ what, bar, got, holds }) => `- ${holds ? 'holds' : '**does not hold**'}: ${what}: ${got} (bar: ${bar})`,
    ),
  ];
}

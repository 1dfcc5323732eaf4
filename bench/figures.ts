/**
 * `pnpm bench --figures`: writes the figures of full runs into README.md, between its two marks, and keeps what they
 * were made from in `figures.json`, which is committed: `results` is not.
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

/** Gives what was written, for whoever asked; undefined when there is no full run of anything. */
export function writeFigures(folder = import.meta.dirname): readonly string[] | undefined {
  const runs = new Map<string, RunFile>();
  for (const name of [...scenarios.map((one) => one.name), 'hop-profile']) {
    const file = join(folder, 'results', `${name}.json`);
    if (existsSync(file)) runs.set(name, JSON.parse(readFileSync(file, 'utf8')));
  }
  if (runs.size === 0) return undefined;
  const readme = join(folder, 'README.md');
  const text = readFileSync(readme, 'utf8');
  if (!text.includes(begin) || !text.includes(end)) throw new Error(`${readme} has no place for figures`);
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  writeFileSync(readme, `${before}\n\n${figuresText(runs)}\n${text.slice(text.indexOf(end))}`);
  writeFileSync(join(folder, 'figures.json'), `${JSON.stringify(Object.fromEntries(runs), undefined, 1)}\n`);
  return [...runs.keys()];
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

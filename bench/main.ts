/**
 * `pnpm bench [name…] [--quick] [--profile] [--figures] [--json FILE]`: runs scenarios, prints their figures and what
 * they are held to, writes both as JSON.
 *
 * How it ends: 0, everything holds. 1, something is wrong whatever the figures are: an acknowledged event did not
 * arrive, or a scenario failed. 2, the command cannot be understood. 3, nothing is wrong, but a bar is not held or the
 * machine was too busy for the figures to be believed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFigures } from './figures.ts';
import { type Scenario, scenarios } from './scenarios/index.ts';
import { isBusy, machine } from './support/machine.ts';
import { note } from './support/progress.ts';
import { type BenchResult, formatGoals, formatResult } from './support/result.ts';

export { scenarios };

export const exits = { holds: 0, wrong: 1, usage: 2, barNotHeld: 3 } as const;

const usage = `Usage: pnpm bench <name…> [--quick] [--json FILE]
       pnpm bench --quick          within 5 minutes: each number to hold, the figure, the bar, whether it holds
       pnpm bench all              everything, for figures that are published: some hours
       pnpm bench hop --profile    what each part of a hop costs, and a flame graph in bench/results/
       pnpm bench --figures        writes the figures of the last full runs into bench/README.md

  --quick        short runs: for a first look, not for figures that are published
  --json FILE    where to write the figures (default: bench/results/<name>.json, one for each scenario)

Ends with 0 when everything holds, 1 when events were lost or a scenario failed, 3 when only a bar is not held.

Scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}
`;

function usageError(text: string): number {
  process.stderr.write(`bench: ${text}\n\n${usage}`);
  return exits.usage;
}

export async function main(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return usageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.figures) return figures();
  if (positionals.length === 0 && !values.quick && !values.profile) {
    process.stdout.write(usage);
    return exits.holds;
  }
  const unknown = positionals.find((name) => name !== 'all' && !scenarios.some((one) => one.name === name));
  if (unknown !== undefined) return usageError(`there is no scenario ${unknown}`);
  if (values.profile && positionals.join() !== 'hop') return usageError('--profile is there for hop alone');
  const chosen = values.profile ? [profile] : chosenBy(positionals);
  const isGoalRun = positionals.length === 0;
  const file = values.json ?? (isGoalRun ? resultFile('goals', true) : undefined);
  return runAll(chosen, { quick: values.quick, isGoalRun, ...(file ? { file } : {}) });
}

const profile: Scenario = {
  name: 'hop-profile',
  about: 'what each part of a hop costs',
  load: () => import('./profile/hop-profile.ts'),
};

function chosenBy(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return scenarios.filter(({ inQuickRun }) => inQuickRun);
  if (names.includes('all')) return scenarios;
  return names.flatMap((name) => scenarios.filter((one) => one.name === name));
}

interface RunOptions {
  readonly quick: boolean;
  /** The numbers to hold are printed at the end. */
  readonly isGoalRun: boolean;
  /** One file for everything; left out: a file for each scenario. */
  readonly file?: string;
}

/** Runs them one after the other and gives how the command ends. */
export async function runAll(chosen: readonly Scenario[], { quick, isGoalRun, file }: RunOptions): Promise<number> {
  const before = machine();
  if (isBusy(before))
    note(`bench: the machine is busy already (load ${before.load.toFixed(1)}): do not believe figures of time`);
  const results: BenchResult[] = [];
  let failed = false;
  for (const { name, load } of chosen) {
    note(`bench: ${name}${quick ? ', quick' : ''}`);
    const at = machine();
    let result: BenchResult;
    try {
      result = await (await load()).run({ quick });
    } catch (error) {
      // What the other scenarios find is worth having.
      process.stdout.write(`${name}\n  FAILED: ${(error as Error).message}\n\n`);
      failed = true;
      continue;
    }
    process.stdout.write(`${formatResult(result)}\n`);
    results.push(result);
    if (!file) write(resultFile(name, quick), { ...at, quick, results: [result] });
  }
  if (file) write(file, { ...before, quick, results });
  if (isGoalRun) process.stdout.write(formatGoals(results));
  const missed = results.flatMap(({ checks }) => checks.filter(({ holds }) => !holds));
  if (failed || missed.some(({ kind }) => kind === 'verified')) return exits.wrong;
  return missed.length > 0 ? exits.barNotHeld : exits.holds;
}

function figures(): number {
  const written = writeFigures();
  if (!written) {
    process.stderr.write('bench: there is no full run yet: pnpm bench <name…>, without --quick\n');
    return exits.wrong;
  }
  process.stdout.write(`bench: bench/README.md and bench/figures.json have the figures of ${written.join(', ')}\n`);
  return exits.holds;
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      figures: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
}

function resultFile(name: string, quick: boolean): string {
  return join(import.meta.dirname, 'results', `${name}${quick ? '-quick' : ''}.json`);
}

function write(file: string, run: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(run, undefined, 2)}\n`);
  note(`bench: figures are in ${file}`);
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

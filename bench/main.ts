/**
 * `pnpm bench [name…] [--quick] [--json FILE]`: runs scenarios, prints their figures and what they are held to, writes
 * both as JSON. Ends with 1 where a bar is not held, with 2 where the command cannot be understood.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { note } from './support/progress.ts';
import { type BenchResult, formatResult } from './support/result.ts';

interface Scenario {
  readonly name: string;
  readonly about: string;
  load(): Promise<{ run(options: { readonly quick: boolean }): Promise<BenchResult> }>;
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'isolation',
    about: 'a healthy subscriber beside a black hole and one that always fails (about 12 minutes)',
    load: () => import('./scenarios/isolation.ts'),
  },
  {
    name: 'hop',
    about: 'CPU of one event through one process, beside the bare hop',
    load: () => import('./scenarios/hop.ts'),
  },
  { name: 'matching', about: '10,000 triggers of which one matches', load: () => import('./scenarios/matching.ts') },
  { name: 'append', about: 'durable appends to the local log', load: () => import('./scenarios/append.ts') },
];

const usage = `Usage: pnpm bench <name…> [--quick] [--json FILE]

  --quick        short runs: for a first look, not for figures that are published
  --json FILE    where to write the figures (default: bench/results/<names>.json)

Scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}
`;

function usageError(text: string): number {
  process.stderr.write(`bench: ${text}\n\n${usage}`);
  return 2;
}

export async function main(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return usageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (positionals.length === 0) {
    process.stdout.write(usage);
    return 0;
  }
  const chosen: Scenario[] = [];
  for (const wanted of positionals) {
    const scenario = scenarios.find(({ name }) => name === wanted);
    if (!scenario) return usageError(`there is no scenario ${wanted}`);
    chosen.push(scenario);
  }
  const before = machine();
  if (before.load > availableParallelism() / 2)
    note(`bench: the machine is busy already (load ${before.load.toFixed(1)}): do not believe figures of time`);
  const results: BenchResult[] = [];
  for (const { name, load } of chosen) {
    note(`bench: ${name}${values.quick ? ', quick' : ''}`);
    const result = await (await load()).run({ quick: values.quick });
    process.stdout.write(`${results.length > 0 ? '\n' : ''}${formatResult(result)}`);
    results.push(result);
  }
  const file = values.json ?? join(import.meta.dirname, 'results', `${fileNameOf(positionals, values.quick)}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...before, quick: values.quick, results }, undefined, 2)}\n`);
  note(`bench: figures are in ${file}`);
  return results.every(({ checks }) => checks.every(({ holds }) => holds)) ? 0 : 1;
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  });
}

function fileNameOf(names: readonly string[], quick: boolean): string {
  return `${names.join('-')}${quick ? '-quick' : ''}`;
}

/** What figures are worth nothing without. */
function machine() {
  return {
    at: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    processors: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    /** Processes that wanted to run in the minute before: not ours yet. */
    load: loadavg()[0] ?? 0,
    memoryMiB: Math.round(totalmem() / 1_048_576),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim();
  } catch {
    return 'unknown';
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

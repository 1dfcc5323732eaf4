/** The checkout as tests about the code base see it: files that git tracks or would track. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

let known: readonly string[] | undefined;

/** Paths from the root, with `/`. */
export function trackedFiles(): readonly string[] {
  known ??= execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((path) => path !== '')
    .sort();
  return known;
}

export const textOf = (path: string) => readFileSync(join(root, path), 'utf8');

/** TypeScript sources of packages: what is published or runs in production. */
export const sourceFiles = () => trackedFiles().filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path));

export const packageNames = () => [
  ...new Set(trackedFiles().flatMap((path) => /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1] ?? [])),
];

/** What a file imports, as written. */
export function importsOf(text: string): readonly string[] {
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

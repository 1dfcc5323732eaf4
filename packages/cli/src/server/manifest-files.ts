/** Manifest files for commands that need no server: `validate`, and `explain -f`. */
import { resolve } from 'node:path';
import type { Resource } from '@millrace/api';
import { loadManifests, type ManifestProblem, nodeFileReader, validateManifests } from '@millrace/controller';
import { failed } from '../exit.ts';

export interface CheckedFiles {
  readonly objectCount: number;
  /** What keeps them from being accepted. */
  readonly problems: readonly ManifestProblem[];
  /** What is worth knowing and keeps nothing from being accepted. */
  readonly warnings: readonly ManifestProblem[];
}

export async function checkFiles(paths: readonly string[], cwd: string): Promise<CheckedFiles> {
  const { objects, problems } = await validateManifests(absolute(paths, cwd), nodeFileReader(cwd));
  return {
    objectCount: objects.length,
    problems: problems.filter(({ severity }) => severity === 'error'),
    warnings: problems.filter(({ severity }) => severity === 'warning'),
  };
}

/** Triggers of a namespace in files. Files that cannot be read are an error: a trigger might be missing. */
export async function triggersOfFiles(
  paths: readonly string[],
  cwd: string,
  namespace: string,
): Promise<readonly Resource[]> {
  const { objects, problems } = await loadManifests(absolute(paths, cwd), nodeFileReader(cwd));
  const [first] = problems.filter(({ severity }) => severity === 'error');
  if (first) throw failed(first.text, 'See all problems with `millrace validate`.');
  return objects
    .map(({ resource }) => resource)
    .filter(({ kind, metadata }) => kind === 'Trigger' && (metadata.namespace ?? 'default') === namespace);
}

const absolute = (paths: readonly string[], cwd: string) => paths.map((path) => resolve(cwd, path));

/** Manifest files for commands that need no server: `validate`, and `explain -f`. */
import { existsSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Resource } from '@millrace/api';
import { loadManifests, type ManifestError, nodeFileReader, renderManifestError } from '@millrace/controller';
import { absent, failed } from '../exit.ts';

export interface CheckedFiles {
  readonly objectCount: number;
  /** What keeps them from being accepted, each with its line of text. */
  readonly problems: readonly (ManifestError & { readonly text: string })[];
}

export async function checkFiles(paths: readonly string[], cwd: string): Promise<CheckedFiles> {
  const { objects, errors } = await loadManifests(absolute(paths, cwd), nodeFileReader);
  return {
    objectCount: objects.length,
    problems: errors.map((error) => ({ ...error, text: renderManifestError(error, shownPath(cwd)) })),
  };
}

/** Triggers of a namespace in files. Files that cannot be read are an error: a trigger might be missing. */
export async function triggersOfFiles(
  paths: readonly string[],
  cwd: string,
  namespace: string,
): Promise<readonly Resource[]> {
  const { objects, errors } = await loadManifests(absolute(paths, cwd), nodeFileReader);
  const [first] = errors;
  if (first) throw failed(renderManifestError(first, shownPath(cwd)), 'See all problems with `millrace validate`.');
  return objects
    .map(({ resource }) => resource)
    .filter(({ kind, metadata }) => kind === 'Trigger' && (metadata.namespace ?? 'default') === namespace);
}

const absolute = (paths: readonly string[], cwd: string) => paths.map((path) => resolve(cwd, path));

/** A path as a person would write it: relative to where the command runs, if it is below. */
export function shownPath(cwd: string): (file: string) => string {
  return (file) => {
    const short = relative(cwd, file);
    return short === '' || short.startsWith('..') || isAbsolute(short) ? file : short;
  };
}

/** A path that is not there at the start is a slip of the pen: better said at once than watched for ever. */
export function checkPathsExist(paths: readonly string[], cwd: string): void {
  const missing = absolute(paths, cwd).find((path) => !existsSync(path));
  if (missing !== undefined)
    throw absent(`${shownPath(cwd)(missing)}: no such file or folder`, 'Name a manifest file or a folder with -f.');
}

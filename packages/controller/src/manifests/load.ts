/** Reads `-f` files and folders: what is in them, and all that is wrong with it. Pure over the file reader. */
import { createHash } from 'node:crypto';
import { admit, defaultKindContext, type FieldError, findKind, type KindContext, type Resource } from '@millrace/api';
import { isObject } from '../store/json.ts';
import { objectKey, refOf, shortName } from '../store/keys.ts';
import type { LoadedManifests, ManifestError, ManifestFile, ManifestObject } from './manifest.ts';
import { decodeText, type ParsedObject, parseManifest } from './parse.ts';
import type { FileReader } from './reader.ts';

/** Size of one file. Kubernetes takes objects of 1.5 MiB; a bundle of a hundred small ones is far below this. */
export const manifestBytesMax = 8 * 1024 * 1024;
/** Files under all paths, and how deep folders are looked into: against a `-f /` by accident. */
const filesMax = 10_000;
const foldersDeepMax = 32;

const suffixes = ['.yaml', '.yml', '.json'];

export interface LoadOptions {
  /** Settings that defaults and rules depend on; shipped ones unless told otherwise. */
  readonly context?: KindContext;
}

/** What a file held when it was looked at. */
export interface ReadFile {
  readonly file: string;
  readonly content: { readonly text: string } | { readonly problem: string };
  /** Equal for equal content. */
  readonly digest: string;
  readonly modifiedMs?: number;
}

export interface ReadManifests {
  readonly files: readonly ReadFile[];
  /** Of paths, beside what is wrong with single files. */
  readonly errors: readonly ManifestError[];
}

/** Never rejects for what is in the files, or that they are not there. */
export async function loadManifests(
  paths: readonly string[],
  reader: FileReader,
  options: LoadOptions = {},
): Promise<LoadedManifests> {
  return parseManifests(await readManifests(paths, reader), options);
}

/** Looks at the files without understanding them. Never rejects, as `loadManifests`. */
export async function readManifests(paths: readonly string[], reader: FileReader): Promise<ReadManifests> {
  const { found, errors } = await findFiles(paths, reader);
  const files: ReadFile[] = [];
  for (const file of found) files.push({ file, ...(await readFile(file, reader)) });
  return { files, errors };
}

/** What is in files that were read. Pure. */
export function parseManifests(read: ReadManifests, options: LoadOptions = {}): LoadedManifests {
  const context = options.context ?? defaultKindContext;
  const files: ManifestFile[] = read.errors.map((error) => ({ file: error.file, objects: [], errors: [error] }));
  const seen = new Map<string, ManifestObject>();
  for (const file of read.files) files.push(parseFile(file, context, seen));
  return {
    files,
    objects: files.flatMap(({ objects }) => objects),
    errors: files.flatMap((file) => file.errors),
  };
}

/** For `millrace validate`: the same reading, without anything being applied. */
export async function validateManifests(
  paths: readonly string[],
  reader: FileReader,
  options: LoadOptions = {},
): Promise<{ readonly objectCount: number; readonly errors: readonly ManifestError[] }> {
  const { objects, errors } = await loadManifests(paths, reader, options);
  return { objectCount: objects.length, errors };
}

async function findFiles(
  paths: readonly string[],
  reader: FileReader,
): Promise<{ readonly found: readonly string[]; readonly errors: readonly ManifestError[] }> {
  const found = new Set<string>();
  const errors: ManifestError[] = [];

  async function visit(path: string, depth: number): Promise<void> {
    if (found.size >= filesMax) return;
    const info = await reader.info(path);
    if (info === undefined) {
      if (depth === 0) errors.push({ file: path, message: 'no such file or folder' });
    } else if (info.kind === 'folder') {
      if (depth > foldersDeepMax) return;
      for (const name of await reader.list(path)) {
        if (!name.startsWith('.') && name !== 'node_modules') await visit(join(path, name), depth + 1);
      }
    } else if (info.kind === 'file') {
      if (depth === 0 || suffixes.some((suffix) => path.endsWith(suffix))) found.add(path);
    } else if (depth === 0) errors.push({ file: path, message: 'expected a file or a folder' });
  }

  for (const path of paths) {
    try {
      await visit(path, 0);
    } catch (error) {
      errors.push({ file: path, message: `cannot be read: ${reason(error)}` });
    }
  }
  if (found.size >= filesMax) {
    errors.push({ file: paths.join(', '), message: `more than ${filesMax} files: name a smaller folder` });
  }
  return { found: [...found], errors };
}

function parseFile({ file, content }: ReadFile, context: KindContext, seen: Map<string, ManifestObject>): ManifestFile {
  if ('problem' in content) return { file, objects: [], errors: [{ file, message: content.problem }] };
  const parsed = parseManifest(file, content.text);
  const errors = [...parsed.errors];
  const objects = new Map<string, ManifestObject>();
  for (const candidate of parsed.objects) {
    const checked = checkObject(file, candidate, context);
    if (Array.isArray(checked)) {
      errors.push(...checked);
      continue;
    }
    const object = checked as ManifestObject;
    const key = objectKey(refOf(object.resource));
    const other = seen.get(key) ?? objects.get(key);
    if (other === undefined) objects.set(key, object);
    else errors.push(twice(object, other));
  }
  if (errors.length > 0) return { file, objects: [], errors };
  for (const [key, object] of objects) seen.set(key, object);
  return { file, objects: [...objects.values()], errors };
}

async function readFile(file: string, reader: FileReader): Promise<Omit<ReadFile, 'file'>> {
  const failed = (problem: string) => ({ content: { problem }, digest: problem });
  try {
    const info = await reader.info(file);
    if (info === undefined) return failed('no such file');
    const { bytes, modifiedMs } = info;
    const when = modifiedMs === undefined ? {} : { modifiedMs };
    if (bytes > manifestBytesMax) {
      return { ...failed(`${bytes} bytes: a manifest has at most ${manifestBytesMax}`), ...when };
    }
    const content = await reader.read(file);
    return { content: decodeText(content), digest: createHash('sha256').update(content).digest('base64'), ...when };
  } catch (error) {
    return failed(`cannot be read: ${reason(error)}`);
  }
}

function checkObject(file: string, candidate: ParsedObject, context: KindContext): ManifestObject | ManifestError[] {
  const { value, document, position, locate } = candidate;
  const result = admit(value, context);
  const metadata = isObject(value['metadata']) ? value['metadata'] : {};
  const { name, namespace } = metadata;
  const named = typeof name === 'string' && name !== '';
  const found = findKind(value['apiVersion'], value['kind']);
  const ref =
    named && found.kind === 'ok'
      ? {
          apiVersion: String(value['apiVersion']),
          kind: String(value['kind']),
          ...(found.definition.namespaced
            ? { namespace: typeof namespace === 'string' && namespace !== '' ? namespace : context.namespace }
            : {}),
          name,
        }
      : undefined;
  if (result.kind === 'error') {
    return result.errors.map((error) => fieldProblem({ file, document, locate, ...(ref && { object: ref }) }, error));
  }
  if (ref === undefined) {
    const message = 'missing: objects in files need a name, since they are applied again and again';
    return [{ file, document, position: locate(['metadata']), field: 'metadata.name', message }];
  }
  const resource = {
    ...value,
    metadata: { ...metadata, ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }) },
  } as unknown as Resource;
  return { resource, file, document, position, locate };
}

/** An error of a field, at the field's place. */
export function fieldProblem(
  at: Pick<ManifestError, 'file' | 'document' | 'object'> & Pick<ManifestObject, 'locate'>,
  error: FieldError,
): ManifestError {
  const { locate, ...place } = at;
  const field = error.paths.filter((path) => path !== '').join(', ');
  return {
    ...place,
    position: locate(error.locations[0] ?? []),
    ...(field === '' ? {} : { field }),
    message: error.details === undefined ? error.message : `${error.message} (${error.details})`,
  };
}

function twice(object: ManifestObject, other: ManifestObject): ManifestError {
  const { file, document, position } = other;
  const ref = refOf(object.resource);
  return {
    file: object.file,
    document: object.document,
    position: object.position,
    object: ref,
    field: 'metadata.name',
    message: `${shortName(ref)} is there twice: first in ${file}:${position.line}:${position.column} (document ${document}); keep one`,
  };
}

function join(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

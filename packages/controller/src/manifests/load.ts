/** Reads `-f` files and folders: what is in them, and all that is wrong with it. Pure over the file reader. */
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

/** Never rejects for what is in the files, or that they are not there. */
export async function loadManifests(
  paths: readonly string[],
  reader: FileReader,
  options: LoadOptions = {},
): Promise<LoadedManifests> {
  const context = options.context ?? defaultKindContext;
  const { found, errors } = await findFiles(paths, reader);
  const files: ManifestFile[] = errors.map((error) => ({ file: error.file, objects: [], errors: [error] }));
  const seen = new Map<string, ManifestObject>();
  for (const file of found) files.push(await loadFile(file, reader, context, seen));
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

async function loadFile(
  file: string,
  reader: FileReader,
  context: KindContext,
  seen: Map<string, ManifestObject>,
): Promise<ManifestFile> {
  const text = await readText(file, reader);
  if ('problem' in text) return { file, objects: [], errors: [{ file, message: text.problem }] };
  const parsed = parseManifest(file, text.text);
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

async function readText(file: string, reader: FileReader): Promise<{ text: string } | { problem: string }> {
  try {
    const info = await reader.info(file);
    if (info === undefined) return { problem: 'no such file' };
    if (info.bytes > manifestBytesMax) {
      return { problem: `${info.bytes} bytes: a manifest has at most ${manifestBytesMax}` };
    }
    return decodeText(await reader.read(file));
  } catch (error) {
    return { problem: `cannot be read: ${reason(error)}` };
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

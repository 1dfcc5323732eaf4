/** Bodies of requests: JSON, YAML and protobuf to values, and the checks an API server makes before it looks at an object. */
import type { Resource } from '@millrace/api';
import { apiVersionOf } from '@millrace/api';
import { parse as parseYaml } from 'yaml';
import { isObject } from '../store/json.ts';
import type { Patch } from '../store/store.ts';
import { ApiError, badRequest } from './api-error.ts';
import { decodeProtobuf } from './protobuf.ts';
import type { CollectionTarget, ObjectTarget } from './target.ts';

/** Aliases a YAML body may resolve to: more is a bomb, not a manifest. */
const yamlAliasesMax = 100;
/** Levels of objects and arrays in a body. What works on values recurses, and no object comes near. */
const nestingMax = 500;

export interface RawBody {
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
}

/** `application/json; charset=utf-8` → `application/json`. */
function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** The value of a body; undefined when there is none. Throws 415 for another media type, 400 for bad text. */
export function decodeBody({ contentType, bytes }: RawBody): unknown {
  if (bytes.byteLength === 0) return undefined;
  switch (mediaType(contentType)) {
    // What clients name that do not care, curl among them: it is JSON, or the parser says what is wrong.
    case '':
    case 'application/x-www-form-urlencoded':
    case 'application/json':
      return decodeJson(bytes);
    case 'application/yaml':
    case 'text/yaml':
      return decodeYaml(bytes);
    case 'application/vnd.kubernetes.protobuf':
      return decodeProtobuf(bytes);
    default:
      throw unsupported(contentType, [
        'application/json',
        'application/yaml',
        'application/vnd.kubernetes.protobuf (core kinds)',
      ]);
  }
}

/** A patch by its content type; strategic ones are for core kinds only, as in Kubernetes. */
export function decodePatch(body: RawBody, isCore: boolean): Patch {
  if (body.bytes.byteLength === 0) throw badRequest('a patch needs a body');
  switch (mediaType(body.contentType)) {
    case 'application/merge-patch+json':
      return { kind: 'merge', body: requireObject(decodeJson(body.bytes)) };
    case 'application/json-patch+json':
      return { kind: 'json', body: requireOperations(decodeJson(body.bytes)) };
    case 'application/apply-patch+yaml':
      return { kind: 'apply', body: requireObject(decodeYaml(body.bytes)) };
    case 'application/strategic-merge-patch+json':
      if (isCore) return { kind: 'strategic', body: requireObject(decodeJson(body.bytes)) };
  }
  const strategic = isCore ? ['application/strategic-merge-patch+json'] : [];
  throw unsupported(body.contentType, [
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/apply-patch+yaml',
    ...strategic,
  ]);
}

function unsupported(contentType: string | undefined, taken: readonly string[]): ApiError {
  return new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format (${contentType ?? 'no content type'}) - accepted media types include: ${taken.join(', ')}`,
  );
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest('the request body is not UTF-8 text');
  }
}

function decodeJson(bytes: Buffer): unknown {
  const text = textOf(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(`the request body is not valid JSON: ${reasonOf(error)}`);
  }
  return shallow(value);
}

function decodeYaml(bytes: Buffer): unknown {
  const text = textOf(bytes);
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: yamlAliasesMax, logLevel: 'error' }) ?? undefined;
  } catch (error) {
    throw badRequest(`the request body is not one valid YAML document: ${reasonOf(error)}`);
  }
  return shallow(value);
}

function shallow(value: unknown): unknown {
  if (isDeeper(value, nestingMax)) throw badRequest(`the request body is nested more than ${nestingMax} levels deep`);
  return value;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n', 1)[0] ?? '').replace(/:$/, '');
}

function requireObject(value: unknown): unknown {
  if (isObject(value)) return value;
  throw badRequest('the patch is not an object');
}

function requireOperations(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  throw badRequest('a JSON patch is an array of operations, such as [{"op":"remove","path":"/spec/x"}]');
}

/**
 * The object a request brings, belonging where the request says: what is absent is taken from the path, what differs
 * is refused with 400.
 */
export function identified(value: unknown, target: CollectionTarget | ObjectTarget): Resource {
  if (!isObject(value)) throw badRequest('the request body is not an object with apiVersion, kind and metadata');
  const { definition, namespace } = target;
  const apiVersion = apiVersionOf(definition.group, target.version);
  const metadata = value['metadata'] ?? {};
  if (!isObject(metadata)) throw badRequest('metadata is not an object');
  agree('API version', value['apiVersion'], apiVersion);
  agree('kind', value['kind'], definition.kind);
  if (namespace !== undefined) agree('namespace', metadata['namespace'], namespace);
  if (target.kind === 'object') agree('name', metadata['name'], target.name);
  return {
    ...value,
    apiVersion,
    kind: definition.kind,
    metadata: {
      ...metadata,
      ...(namespace === undefined ? {} : { namespace }),
      ...(target.kind === 'object' ? { name: target.name } : {}),
    },
  } as unknown as Resource;
}

function agree(what: string, given: unknown, expected: string): void {
  if (given === undefined || given === null || given === '' || given === expected) return;
  throw badRequest(`the ${what} of the object (${String(given)}) does not match the one of the request (${expected})`);
}

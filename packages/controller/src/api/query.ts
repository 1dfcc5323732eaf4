/** Query parameters of the resource API: lists, watches, writes, deletions. */
import { apiVersionOf } from '@millrace/api';
import { isObject } from '../store/json.ts';
import { parseFieldSelector, parseLabelSelector } from '../store/selector.ts';
import type { DeleteOptions, PropagationPolicy, Selection } from '../store/store.ts';
import { isStoreError } from '../store/store-error.ts';
import { ApiError, badRequest } from './api-error.ts';
import type { CollectionTarget } from './target.ts';

export interface WatchQuery {
  readonly resourceVersion?: string;
  readonly bookmarks: boolean;
  readonly timeoutMs?: number;
  /** Present objects first: by default when no version is named. */
  readonly initialEvents: boolean;
  /** `sendInitialEvents=true`: a bookmark tells when the present objects are through. */
  readonly markInitialEnd: boolean;
}

/** Kubernetes' reading of a flag: a name alone is true. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== 'false' && value !== '0';
}

/** A whole number of the query; undefined when it is absent or empty. */
export function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name}: expected a number from 0, got "${text}"`);
  return Number(text);
}

/** A version as the query names it. `0` and nothing mean the newest. */
export function versionOf(query: URLSearchParams): string | undefined {
  const version = count(query, 'resourceVersion');
  return version === undefined || version === 0 ? undefined : String(version);
}

/** What of a collection is asked for; undefined when the field selector contradicts the path: then nothing is. */
export function selectionOf(target: CollectionTarget, query: URLSearchParams): Selection | undefined {
  const labels = query.get('labelSelector') ?? '';
  try {
    const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
    const namespace = target.namespace ?? fields.namespace;
    if (fields.namespace !== undefined && fields.namespace !== namespace) return undefined;
    return {
      apiVersion: apiVersionOf(target.definition.group, target.version),
      kind: target.definition.kind,
      ...(namespace === undefined ? {} : { namespace }),
      ...(fields.name === undefined ? {} : { name: fields.name }),
      ...(labels === '' ? {} : { labels: parseLabelSelector(labels) }),
    };
  } catch (error) {
    throw isStoreError(error, 'invalid') ? badRequest(error.message) : error;
  }
}

export function watchQuery(query: URLSearchParams, timeoutMsMax: number): WatchQuery {
  const resourceVersion = versionOf(query);
  const timeoutSeconds = count(query, 'timeoutSeconds') ?? 0;
  const asked = query.get('sendInitialEvents');
  const initialEvents = asked === null ? resourceVersion === undefined : flag(query, 'sendInitialEvents');
  return {
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    bookmarks: flag(query, 'allowWatchBookmarks'),
    initialEvents,
    markInitialEnd: initialEvents && asked !== null,
    ...(timeoutSeconds === 0 ? {} : { timeoutMs: Math.min(timeoutSeconds * 1000, timeoutMsMax) }),
  };
}

/** `dryRun=All` and nothing else. */
export function isDryRun(values: readonly unknown[]): boolean {
  for (const value of values) {
    if (value !== 'All' && value !== '') throw badRequest(`dryRun: expected All, got "${String(value)}"`);
  }
  return values.includes('All');
}

const policies: readonly string[] = ['Background', 'Foreground', 'Orphan'];

/** DeleteOptions from the body, each of them from the query where the body is silent. */
export function deleteOptions(query: URLSearchParams, body: unknown): DeleteOptions {
  if (body !== undefined && !isObject(body)) throw badRequest('DeleteOptions is not an object');
  const options = body ?? {};
  const kind = options['kind'] ?? 'DeleteOptions';
  if (kind !== 'DeleteOptions') throw badRequest(`expected DeleteOptions in the body, got ${String(kind)}`);
  const orphan =
    options['orphanDependents'] ??
    (query.get('orphanDependents') === null ? undefined : flag(query, 'orphanDependents'));
  const policy =
    options['propagationPolicy'] ?? query.get('propagationPolicy') ?? (orphan === true ? 'Orphan' : 'Background');
  if (typeof policy !== 'string' || !policies.includes(policy)) {
    throw new ApiError('Invalid', `propagationPolicy: expected ${policies.join(', ')}, got "${String(policy)}"`, {
      group: 'meta.k8s.io',
      kind: 'DeleteOptions',
    });
  }
  const dryRun = options['dryRun'] ?? [];
  return {
    propagation: policy as PropagationPolicy,
    dryRun: isDryRun([...query.getAll('dryRun'), ...(Array.isArray(dryRun) ? dryRun : [dryRun])]),
    ...preconditionsOf(options['preconditions']),
  };
}

function preconditionsOf(value: unknown): Pick<DeleteOptions, 'preconditions'> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw badRequest('preconditions is not an object');
  const { uid, resourceVersion } = value;
  return {
    preconditions: {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    },
  };
}

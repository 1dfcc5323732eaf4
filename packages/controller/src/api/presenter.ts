/** Objects, lists and changes in the form a client asked for: as they are, as a Table, or as metadata alone. */
import { apiVersionOf, type Resource } from '@millrace/api';
import type { Clock } from '@millrace/runtime';
import type { Form } from './accept.ts';
import { badRequest } from './api-error.ts';
import { type IncludeObject, metadataOnly, tableOf } from './table.ts';
import type { CollectionTarget, ObjectTarget } from './target.ts';

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export interface Presenter {
  object(resource: Resource): unknown;
  list(items: readonly Resource[], metadata: ListMetadata): unknown;
  /** The object of a watch event. Told in order: a Table names its columns in the first one only. */
  change(resource: Resource): unknown;
  bookmark(resourceVersion: string, annotations?: Readonly<Record<string, string>>): unknown;
}

export interface PresenterOptions {
  readonly target: Pick<CollectionTarget | ObjectTarget, 'definition' | 'version'>;
  readonly form: Form;
  readonly query: URLSearchParams;
  readonly clock: Clock;
}

export function createPresenter(options: PresenterOptions): Presenter {
  switch (options.form.kind) {
    case 'table':
      return tables(options, options.form.v);
    case 'metadata':
      return metadata(options.form.v);
    default:
      return plain(options);
  }
}

function plain({ target: { definition, version } }: PresenterOptions): Presenter {
  const apiVersion = apiVersionOf(definition.group, version);
  return {
    object: (resource) => resource,
    list: (items, listed) => ({ kind: `${definition.kind}List`, apiVersion, metadata: listed, items }),
    change: (resource) => resource,
    bookmark: (resourceVersion, annotations) => ({
      kind: definition.kind,
      apiVersion,
      metadata: { resourceVersion, ...(annotations && { annotations }) },
    }),
  };
}

function metadata(v: string): Presenter {
  const apiVersion = `meta.k8s.io/${v}`;
  return {
    object: (resource) => metadataOnly(resource, v),
    list: (items, listed) => ({
      kind: 'PartialObjectMetadataList',
      apiVersion,
      metadata: listed,
      items: items.map((item) => metadataOnly(item, v)),
    }),
    change: (resource) => metadataOnly(resource, v),
    bookmark: (resourceVersion, annotations) => ({
      kind: 'PartialObjectMetadata',
      apiVersion,
      metadata: { resourceVersion, ...(annotations && { annotations }) },
    }),
  };
}

function tables({ target: { definition }, query, clock }: PresenterOptions, v: string): Presenter {
  const include = includeOf(query.get('includeObject'));
  let told = false;
  const table = (items: readonly Resource[], listed: Readonly<Record<string, unknown>>, withColumns = true) =>
    tableOf(definition, items, listed, { v, include, nowMs: clock.now(), withColumns });
  const next = (items: readonly Resource[], listed: Readonly<Record<string, unknown>>) => {
    const withColumns = !told;
    told = true;
    return table(items, listed, withColumns);
  };
  const versionOf = (resource: Resource) => ({ resourceVersion: resource.metadata.resourceVersion ?? '' });
  return {
    object: (resource) => table([resource], versionOf(resource)),
    list: (items, listed) => table(items, { ...listed }),
    change: (resource) => next([resource], versionOf(resource)),
    bookmark: (resourceVersion) => next([], { resourceVersion }),
  };
}

function includeOf(text: string | null): IncludeObject {
  if (text === null || text === '') return 'Metadata';
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text;
  throw badRequest(`includeObject: expected None, Metadata or Object, got "${text}"`);
}

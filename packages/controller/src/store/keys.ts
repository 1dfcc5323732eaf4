/** How objects are named inside a store: group, kind, namespace and name; the version plays no part. */
import type { Resource, ResourceRef } from '@millrace/api';

/** Text that names one object. The separator is in none of the parts. */
export type ObjectKey = string;

export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

export function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

/** Text that names a kind, as the first part of an object's key. */
export function kindKey(apiVersion: string, kind: string): string {
  return `${groupOf(apiVersion)}|${kind}`;
}

export function objectKey(ref: ResourceRef): ObjectKey {
  return `${kindKey(ref.apiVersion, ref.kind)}|${ref.namespace ?? ''}|${ref.name}`;
}

export function refOf(resource: Resource): ResourceRef {
  const { name, namespace } = resource.metadata;
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
  };
}

export function keyOf(resource: Resource): ObjectKey {
  return objectKey(refOf(resource));
}

/** `trigger/ship`, or `trigger/shop/ship` when its namespace is not `default`: how people are told of it. */
export function shortName(ref: ResourceRef): string {
  const inside = ref.namespace === undefined || ref.namespace === 'default' ? '' : `${ref.namespace}/`;
  return `${ref.kind.toLowerCase()}/${inside}${ref.name}`;
}

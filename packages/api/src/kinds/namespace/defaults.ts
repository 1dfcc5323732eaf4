/** Defaults of the Namespace: a label with its name, as in Kubernetes, so that selectors can name it. */
import type { Resource } from '../../resource.ts';
import { withEntry } from '../shared/defaulting.ts';
import { isFields } from '../shared/objects.ts';

const nameLabel = 'kubernetes.io/metadata.name';

export function defaultNamespace(resource: Resource): Resource {
  const { metadata } = resource;
  if (!isFields(metadata) || typeof metadata.name !== 'string') return resource;
  if (metadata.labels !== undefined && !isFields(metadata.labels)) return resource;
  const labels = withEntry(metadata.labels, nameLabel, metadata.name) as Record<string, string>;
  return { ...resource, metadata: { ...metadata, labels } };
}

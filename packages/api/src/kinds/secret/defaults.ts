/** Defaults of the Secret: type Opaque; `stringData` moves into `data`, over what is there, as in Kubernetes. */
import type { Resource } from '../../resource.ts';
import { fieldsOf, isFields } from '../shared/objects.ts';

export function defaultSecret(resource: Resource): Resource {
  const { stringData, ...rest } = resource;
  const typed = { ...rest, type: resource['type'] ?? 'Opaque' };
  if (stringData === undefined) return typed;
  const texts = Object.entries(fieldsOf(stringData));
  const movable = isFields(stringData) && (rest.data === undefined || isFields(rest.data));
  if (!movable || texts.some(([, value]) => typeof value !== 'string')) return { ...typed, stringData };
  const encoded = texts.map(([key, value]) => [key, Buffer.from(String(value), 'utf8').toString('base64')]);
  return { ...typed, data: { ...rest.data, ...Object.fromEntries(encoded) } };
}

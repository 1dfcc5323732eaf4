/**
 * How a log is named by a person: a broker as `namespace/name`, another one with its kind before it, as in
 * `channel/namespace/name`, because a broker and a channel may have the same name.
 */
import type { LogRoute } from '@millrace/api';

/** The name of a log in live lines, stored events and flags. */
export function placeOf({ kind, namespace, name }: Pick<LogRoute, 'kind' | 'namespace' | 'name'>): string {
  return kind === 'Broker' ? `${namespace}/${name}` : `${kind.toLowerCase()}/${namespace}/${name}`;
}

const kindWords: ReadonlySet<string> = new Set(['channel', 'kafkasource', 'kafkasink'] satisfies Lowercase<
  Exclude<LogRoute['kind'], 'Broker'>
>[]);

/** What a person wrote, made whole: `orders`, `shop/orders`, `broker/orders`, `channel/orders` or `channel/shop/orders`. */
export function placeNamed(text: string, namespace: string): string {
  const [first = '', ...rest] = text.split('/');
  if (first === 'broker' && rest.length > 0) return placeNamed(rest.join('/'), namespace);
  if (kindWords.has(first) && rest.length > 0) return rest.length === 1 ? `${first}/${namespace}/${rest[0]}` : text;
  return rest.length === 0 ? `${namespace}/${text}` : text;
}

/** The namespace of a place. */
export function namespaceOf(place: string): string {
  return place.split('/').at(-2) ?? '';
}

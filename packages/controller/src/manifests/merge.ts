/**
 * How a manifest and the stored object come together: the fields a manifest names are its own, the others are left.
 *
 * A field that an earlier state of the manifest named and the present one does not is taken away. Lists count as one
 * value.
 */
import { defaultKindContext, type Resource, secretKind } from '@millrace/api';
import { isObject, omit, setOwn } from '../store/json.ts';

/**
 * The object to store. `last` is the manifest as it was applied before, `live` what is stored. Without `last` the object
 * was made by other means: its content is replaced, its labels and annotations are added to.
 */
export function mergeManifest(last: Resource | undefined, next: Resource, live: Resource): Resource {
  const wanted = said(next);
  const merged =
    last === undefined
      ? {
          ...wanted,
          metadata: mergeFields({}, metadataOf(wanted), metadataOf(live as unknown as Fields), ['metadata']),
        }
      : mergeFields(said(last), wanted, live as unknown as Fields);
  return { ...(merged as unknown as Resource), apiVersion: next.apiVersion, kind: next.kind };
}

type Fields = Readonly<Record<string, unknown>>;

function metadataOf(value: Fields): Fields {
  return isObject(value['metadata']) ? value['metadata'] : {};
}

/** What a manifest can say: all but what the store writes. */
function said(written: Resource): Fields {
  // `stringData` is only another way to write `data`.
  const resource = written.kind === 'Secret' ? secretKind.applyDefaults(written, defaultKindContext) : written;
  const metadata = resource.metadata as unknown as Fields;
  const kept = omit(metadata, 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink');
  return { ...omit(resource, 'status', 'apiVersion', 'kind'), metadata: kept };
}

/** Maps in which others have keys of their own. */
function isMap(path: readonly string[], key: string): boolean {
  return path.at(-1) === 'metadata' && (key === 'labels' || key === 'annotations');
}

/** What is left of a map; undefined when that is nothing. */
function withoutKeys(value: unknown, keys: readonly string[]): Fields | undefined {
  const rest = isObject(value) ? omit(value, ...keys) : {};
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function mergeFields(last: Fields, next: Fields, live: Fields, path: readonly string[] = []): Fields {
  const result: Record<string, unknown> = { ...live };
  for (const [key, value] of Object.entries(last)) {
    if (Object.hasOwn(next, key)) continue;
    const rest = isMap(path, key) && isObject(value) ? withoutKeys(live[key], Object.keys(value)) : undefined;
    if (rest === undefined) delete result[key];
    else setOwn(result, key, rest);
  }
  for (const [key, value] of Object.entries(next)) {
    const stored = Object.hasOwn(live, key) ? live[key] : undefined;
    const before = Object.hasOwn(last, key) ? last[key] : undefined;
    if (isObject(value) && isObject(stored))
      setOwn(result, key, mergeFields(isObject(before) ? before : {}, value, stored, [...path, key]));
    else setOwn(result, key, value);
  }
  return result;
}

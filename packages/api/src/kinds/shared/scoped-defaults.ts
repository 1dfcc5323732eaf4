/** ConfigMaps that hold defaults in one key of YAML: `clusterDefault`, and `namespaceDefaults` by namespace. Source: reference sections 1.2 and 5.3. */
import { fieldsOf, isFields } from './objects.ts';

export type ScopedDefaultsReading =
  | {
      readonly kind: 'ok';
      /** The ConfigMap and its key, for messages. */
      readonly at: string;
      /** What `clusterDefault` holds, as it is there. */
      readonly cluster: unknown;
      readonly namespaces: readonly (readonly [namespace: string, value: unknown])[];
    }
  | { readonly kind: 'error'; readonly message: string };

/**
 * Takes the key apart; what a default looks like is the caller's to judge.
 *
 * @param parseYaml reads YAML text to plain values; it may throw for malformed text.
 */
export function readScopedDefaults(
  configMap: string,
  key: string,
  data: Readonly<Record<string, string>> | undefined,
  parseYaml: (text: string) => unknown,
): ScopedDefaultsReading {
  const at = `ConfigMap ${configMap}, key ${key}`;
  const text = data?.[key] ?? '';
  if (text.trim() === '') return { kind: 'error', message: `${at}: missing or empty` };
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (error) {
    return { kind: 'error', message: `${at}: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!isFields(value)) return { kind: 'error', message: `${at}: expected clusterDefault and namespaceDefaults` };
  const namespaces = Object.entries(fieldsOf(value['namespaceDefaults']));
  return { kind: 'ok', at, cluster: value['clusterDefault'], namespaces };
}

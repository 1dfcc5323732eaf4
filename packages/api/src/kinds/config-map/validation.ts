/** Rules of the ConfigMap: keys that can be file names; immutable means immutable. */
import { type FieldError, immutableFields } from '../field-error.ts';
import { validateKeys } from '../shared/data-keys.ts';
import { shortDiff } from '../shared/objects.ts';
import type { ConfigMap } from './types.ts';

export function validateConfigMap({ data, binaryData }: ConfigMap): FieldError[] {
  return [...validateKeys(data, ['data']), ...validateKeys(binaryData, ['binaryData'])];
}

export function validateConfigMapUpdate(before: ConfigMap, after: ConfigMap): FieldError[] {
  if (before.immutable !== true) return [];
  const diff = shortDiff(before.data ?? {}, after.data ?? {}, 'data');
  return diff === '' ? [] : [immutableFields([['data']], diff)];
}

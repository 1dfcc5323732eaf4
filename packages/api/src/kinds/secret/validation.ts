/** Rules of the Secret: keys that can be file names, values in base64; immutable means immutable. */
import { decodeBase64 } from '../../event/base64.ts';
import { type FieldError, fieldError, immutableFields } from '../field-error.ts';
import { validateKeys } from '../shared/data-keys.ts';
import type { Secret } from './types.ts';

export function validateSecret({ data, stringData }: Secret): FieldError[] {
  const errors = [...validateKeys(data, ['data']), ...validateKeys(stringData, ['stringData'])];
  for (const [key, value] of Object.entries(data ?? {})) {
    if (decodeBase64(value.replaceAll(/\s/g, '')) !== undefined) continue;
    // The value is not quoted: it is a secret, and probably in plain text.
    errors.push(fieldError('invalid value: not base64', [['data', key]], 'put plain text in stringData'));
  }
  return errors;
}

export function validateSecretUpdate(before: Secret, after: Secret): FieldError[] {
  if (before.immutable !== true) return [];
  const changed = JSON.stringify(sorted(before.data)) !== JSON.stringify(sorted(after.data));
  return changed ? [immutableFields([['data']], 'values are not shown')] : [];
}

function sorted(data: Secret['data']): readonly (readonly [string, string])[] {
  return Object.entries(data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

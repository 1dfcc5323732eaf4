/** Keys of ConfigMaps and Secrets: they can be names of files. */
import { type FieldError, type FieldPath, invalidKeyName } from '../field-error.ts';

export function validateKeys(data: Readonly<Record<string, string>> | undefined, at: FieldPath): FieldError[] {
  const usable = (key: string): boolean => /^[-._A-Za-z0-9]{1,253}$/.test(key) && key !== '.' && key !== '..';
  return Object.keys(data ?? {})
    .filter((key) => !usable(key))
    .map((key) => invalidKeyName(key, at, 'expected at most 253 letters, digits, "-", "_" or "."'));
}

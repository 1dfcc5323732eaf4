/**
 * Rules of names, namespaces, labels. Source: Kubernetes' rules for object names (RFC 1123 labels and subdomains).
 */
import type { ObjectMeta } from '../../resource.ts';
import { disallowedField, type FieldError, invalidKeyName, invalidValue, missingField } from '../field-error.ts';

/** A DNS label: what a namespace and a Service are named by. */
const labelLengthMax = 63;
/** A DNS name: what most objects are named by. */
const subdomainLengthMax = 253;

const labelPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomainPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedPattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/;

export type NameRule = 'label' | 'subdomain';

const expectedName: Readonly<Record<NameRule, string>> = {
  label: `expected at most ${labelLengthMax} lower-case letters, digits or "-", beginning and ending with a letter or digit`,
  subdomain: `expected at most ${subdomainLengthMax} lower-case letters, digits, "-" or ".", each part beginning and ending with a letter or digit`,
};

function isName(name: string, rule: NameRule): boolean {
  return rule === 'label'
    ? name.length <= labelLengthMax && labelPattern.test(name)
    : name.length <= subdomainLengthMax && subdomainPattern.test(name);
}

/** Whether a text may be the value of a label. */
export function isLabelValue(value: string): boolean {
  return value === '' || (value.length <= labelLengthMax && qualifiedPattern.test(value));
}

function isQualifiedName(key: string): boolean {
  const slash = key.indexOf('/');
  const name = key.slice(slash + 1);
  const prefixed = slash < 0 || isName(key.slice(0, slash), 'subdomain');
  return prefixed && name.length <= labelLengthMax && qualifiedPattern.test(name);
}

export function validateMetadata(
  metadata: ObjectMeta,
  rules: { readonly nameRule: NameRule; readonly namespaced: boolean },
): FieldError[] {
  const errors: FieldError[] = [];
  const { name, namespace, labels = {}, annotations = {} } = metadata;
  const generated = (metadata as { readonly generateName?: string }).generateName ?? '';
  if ((name ?? '') === '') {
    if (generated === '') errors.push(missingField(['metadata', 'name']));
  } else if (!isName(name, rules.nameRule)) {
    errors.push(invalidValue(name, ['metadata', 'name'], expectedName[rules.nameRule]));
  }
  if (namespace !== undefined && namespace !== '') {
    const at = ['metadata', 'namespace'];
    if (!rules.namespaced) errors.push(disallowedField([at], 'objects of this kind are in no namespace'));
    else if (!isName(namespace, 'label')) errors.push(invalidValue(namespace, at, expectedName.label));
  }
  for (const [part, entries] of [['labels', labels] as const, ['annotations', annotations] as const]) {
    for (const [key, value] of Object.entries(entries)) {
      const at = ['metadata', part];
      if (!isQualifiedName(key)) {
        errors.push(
          invalidKeyName(
            key,
            at,
            'expected an optional DNS name and "/", then at most 63 letters, digits, "-", "_" or "."',
          ),
        );
      } else if (part === 'labels' && !isLabelValue(value)) {
        errors.push(invalidValue(value, [...at, key], 'expected at most 63 letters, digits, "-", "_" or "."'));
      }
    }
  }
  return errors;
}

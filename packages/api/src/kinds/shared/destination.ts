/**
 * Rules of references and destinations. Texts: reference section 0.4.
 */
import type { Destination, KReference } from '../../delivery/index.ts';
import {
  disallowedField,
  type FieldError,
  type FieldPath,
  fieldError,
  invalidValue,
  missingAtLeastOneOf,
  missingField,
  withPaths,
} from '../field-error.ts';

/** Fields every reference must have, in the order their errors are listed. */
const requiredFields = ['apiVersion', 'kind', 'name'] as const;

const schemePattern = /^[A-Za-z][A-Za-z0-9+.-]*:/;
// White space is part of the body alone: with a second place to match it, long runs of it would cost their square.
const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*?)-----END \1-----/g;

/** `parentNamespace` is given where a foreign namespace is refused. */
export function validateReference(ref: KReference, at: FieldPath, parentNamespace?: string): FieldError[] {
  const missing = requiredFields.filter((field) => (ref[field] ?? '') === '');
  const errors: FieldError[] = [];
  if (missing.length > 0) errors.push(missingField(...missing.map((field) => [...at, field])));
  if (ref.group !== undefined && ref.group !== '') {
    errors.push(disallowedField([[...at, 'group']], 'name the version as well, in apiVersion'));
  }
  if (parentNamespace !== undefined && ref.namespace !== undefined && ref.namespace !== parentNamespace) {
    const details = `parent namespace: "${parentNamespace}" does not match ref: "${ref.namespace}"`;
    errors.push(fieldError('mismatched namespaces', [[...at, 'namespace']], details));
  }
  return errors;
}

/** Whether a text is an absolute http or https URL with a host. */
export function isHttpUrl(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
}

function isCertificates(pem: string): boolean {
  const blocks = [...pem.matchAll(pemBlock)];
  const complete = pem.replaceAll(pemBlock, '').includes('-----') === false;
  return (
    blocks.length > 0 && complete && blocks.every(([, type, body]) => type === 'CERTIFICATE' && body?.trim() !== '')
  );
}

function validateUri(uri: string, hasRef: boolean, at: FieldPath): FieldError[] {
  const absolute = schemePattern.test(uri);
  if (hasRef && absolute) {
    const message = 'Absolute URI is not allowed when Ref or [apiVersion, kind, name] is present';
    const error = fieldError(message, [
      [...at, '[apiVersion, kind, name]'],
      [...at, 'ref'],
      [...at, 'uri'],
    ]);
    const prefix = error.paths[1]?.replace(/\.?ref$/, '') ?? '';
    const paths = [`${prefix}[apiVersion, kind, name]`, ...error.paths.slice(1)];
    return [withPaths({ ...error, locations: error.locations.slice(1) }, paths)];
  }
  if (!hasRef && !absolute) {
    const why = 'Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent';
    return [invalidValue(why, [...at, 'uri'])];
  }
  if (absolute && !isHttpUrl(uri)) return [invalidValue(uri, [...at, 'uri'], 'expected an absolute http or https URL')];
  return [];
}

export function validateDestination(destination: Destination | undefined, at: FieldPath): FieldError[] {
  const { ref, uri, CACerts } = destination ?? {};
  if (ref === undefined && (uri === undefined || uri === '')) {
    return [missingAtLeastOneOf([...at, 'ref'], [...at, 'uri'])];
  }
  const errors: FieldError[] = [];
  if (ref !== undefined) errors.push(...validateReference(ref, [...at, 'ref']));
  if (uri !== undefined && uri !== '') errors.push(...validateUri(uri, ref !== undefined, at));
  if (CACerts !== undefined && CACerts !== '' && !isCertificates(CACerts)) {
    const error = invalidValue('CA Cert provided is invalid', [...at, 'CACerts']);
    errors.push(withPaths(error, [error.paths[0]?.replace(/CACerts$/, 'caCert') ?? 'caCert']));
  }
  return errors;
}

/**
 * Reading settings out of ConfigMaps and Secrets: what comes out, or one sentence that names the object, the field and what
 * was expected. Values of Secrets are never quoted.
 */
import type { Resource, ResourceRef } from '../../resource.ts';
import { isSecret, secretValue } from '../secret/types.ts';

/** Where Knative keeps the settings of an installation. */
export const systemNamespace = 'knative-eventing';

/** An object as it is stored; undefined when there is none. */
export type ReadObject = (ref: ResourceRef) => Resource | undefined;

export type ConfigReading<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** `absent`: an object is not there (yet); else something in one is not as expected. */
  | { readonly kind: 'error'; readonly absent: boolean; readonly message: string };

export function readingOf<T>(value: T): ConfigReading<T> {
  return { kind: 'ok', value };
}

export function unreadable(message: string, absent = false): ConfigReading<never> {
  return { kind: 'error', absent, message };
}

/** YAML text as plain values. `at`: where it stands, for the message. `parseYaml` may throw for malformed text. */
export function readYaml(text: string, at: string, parseYaml: (text: string) => unknown): ConfigReading<unknown> {
  try {
    return readingOf(parseYaml(text));
  } catch (error) {
    return unreadable(`${at}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
  }
}

/** The values of a Secret as texts, by key. */
export interface SecretTexts {
  /** `Secret <namespace>/<name>`, for messages. */
  readonly title: string;
  /** The text under a key, without space around it; undefined when there is none or it is empty. */
  readonly get: (key: string) => string | undefined;
}

export function readSecret(read: ReadObject, namespace: string, name: string): ConfigReading<SecretTexts> {
  const title = `Secret ${namespace}/${name}`;
  const secret = read({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  if (secret === undefined || !isSecret(secret)) return unreadable(`${title} does not exist; create it`, true);
  return readingOf({
    title,
    get: (key) => {
      const bytes = secretValue(secret, key);
      const text = bytes === undefined ? '' : Buffer.from(bytes).toString('utf8').trim();
      return text === '' ? undefined : text;
    },
  });
}

const pemShape = /^-----BEGIN [A-Z0-9 ]+-----[\s\S]+-----END [A-Z0-9 ]+-----$/;

/** Whether a text looks like PEM: what TLS needs certificates and keys to be. */
export function isPem(text: string): boolean {
  return pemShape.test(text.trim());
}

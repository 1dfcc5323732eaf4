/** The Secret of Kubernetes' core group. */
import type { Resource } from '../../resource.ts';

export interface Secret extends Resource {
  readonly kind: 'Secret';
  readonly type?: string;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
  /** Values as text; moved into `data` when the object is defaulted. */
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export function isSecret(resource: Resource): resource is Secret {
  return resource.kind === 'Secret' && resource.apiVersion === 'v1';
}

/** The value under a key, decoded; undefined when there is none. */
export function secretValue(secret: Secret, key: string): Uint8Array | undefined {
  const plain = Object.hasOwn(secret.stringData ?? {}, key) ? secret.stringData?.[key] : undefined;
  if (plain !== undefined) return Buffer.from(plain, 'utf8');
  const encoded = Object.hasOwn(secret.data ?? {}, key) ? secret.data?.[key] : undefined;
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
}

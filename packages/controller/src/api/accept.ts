/**
 * What a client wants to be answered with: the Accept header.
 *
 * Source: RFC 9110 section 12.5.1; the Kubernetes API concepts ("Receiving resources as Tables", "Metadata-only").
 */
import { ApiError } from './api-error.ts';

/** An answer's form. `v` is the version of meta.k8s.io or apidiscovery.k8s.io that was asked for. */
export type Form =
  | { readonly kind: 'object' }
  | { readonly kind: 'table' | 'metadata' | 'group-discovery'; readonly v: string };

export interface Accepted {
  readonly media: 'json' | 'yaml';
  readonly form: Form;
}

/** Parts of an Accept header that are looked at: no client names more. */
const partsMax = 50;

interface Part {
  readonly type: string;
  readonly params: ReadonlyMap<string, string>;
}

/** The first of the wanted forms that is served, by quality, then by order. Throws 406 when none is. */
export function negotiate(header: string | undefined, allowed: readonly Form['kind'][] = ['object']): Accepted {
  if (header === undefined || header.trim() === '') return { media: 'json', form: { kind: 'object' } };
  for (const part of partsOf(header)) {
    const media = mediaOf(part.type);
    const form = formOf(part.params);
    if (media !== undefined && form !== undefined && allowed.includes(form.kind)) return { media, form };
  }
  throw new ApiError(
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml',
  );
}

function partsOf(header: string): Part[] {
  const parts = header
    .split(',', partsMax)
    .map((text) => {
      const [type = '', ...params] = text.split(';').map((piece) => piece.trim());
      return { type: type.toLowerCase(), params: new Map(params.map(paramOf)) };
    })
    .map((part) => ({ ...part, quality: qualityOf(part.params.get('q')) }))
    .filter(({ quality }) => quality > 0);
  return parts.sort((left, right) => right.quality - left.quality);
}

function paramOf(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text.toLowerCase(), ''] : [text.slice(0, at).trim().toLowerCase(), text.slice(at + 1).trim()];
}

function qualityOf(text: string | undefined): number {
  const quality = text === undefined ? 1 : Number(text);
  return Number.isNaN(quality) ? 1 : quality;
}

function mediaOf(type: string): Accepted['media'] | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

function formOf(params: ReadonlyMap<string, string>): Form | undefined {
  const as = params.get('as');
  if (as === undefined) return { kind: 'object' };
  const g = params.get('g');
  const v = params.get('v') ?? 'v1';
  if (g === 'meta.k8s.io' && (v === 'v1' || v === 'v1beta1')) {
    if (as === 'Table') return { kind: 'table', v };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { kind: 'metadata', v };
  }
  if (g === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && (v === 'v2' || v === 'v2beta1')) {
    return { kind: 'group-discovery', v };
  }
  return undefined;
}

/**
 * The EventType between its versions: v1beta1 and v1beta2 have fields, v1beta3 has a list of attributes.
 *
 * What one form cannot say travels in an annotation, so that there and back gives an equal object. Source: reference
 * section 1.4, without its losses.
 */
import type { Resource } from '../../resource.ts';
import { apiVersionOf, splitApiVersion } from '../shared/api-version.ts';
import { type Fields, fieldsOf, shortDiff } from '../shared/objects.ts';
import type { EventTypeAttribute } from './types.ts';

/** Holds the `spec` of the version an object was written in, as JSON. */
const specAnnotation = 'millrace.dev/eventtype-spec';

function attributesOf(spec: Fields): EventTypeAttribute[] {
  const valued = (name: string, value: unknown): EventTypeAttribute[] =>
    typeof value === 'string' && value !== '' ? [{ name, required: true, value }] : [];
  return [
    ...valued('type', spec['type']),
    ...(valued('source', spec['source']).length > 0
      ? valued('source', spec['source'])
      : [{ name: 'source', required: true }]),
    { name: 'specversion', required: true },
    { name: 'id', required: true },
    ...valued('schemadata', spec['schemaData']),
    ...valued('schema', spec['schema']).map((attribute) => ({ ...attribute, name: 'dataschema', required: false })),
  ];
}

function toNewer(spec: Fields, namespace: string | undefined): Fields {
  const { type: _t, source: _s, schema: _u, schemaData: _d, broker, ...kept } = spec;
  const reference =
    kept['reference'] === undefined && typeof broker === 'string' && broker !== ''
      ? {
          reference: {
            apiVersion: 'eventing.knative.dev/v1',
            kind: 'Broker',
            name: broker,
            ...(namespace === undefined ? {} : { namespace }),
          },
        }
      : {};
  return { ...kept, ...reference, attributes: attributesOf(spec) };
}

function toOlder(spec: Fields): Fields {
  const { attributes, ...kept } = spec;
  const list = Array.isArray(attributes) ? (attributes as readonly EventTypeAttribute[]) : [];
  const attributeValue = (name: string): string | undefined => list.find((attribute) => attribute.name === name)?.value;
  const fields = {
    source: attributeValue('source'),
    schema: attributeValue('dataschema'),
    schemaData: attributeValue('schemadata'),
  };
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...kept, type: attributeValue('type') ?? '', ...Object.fromEntries(present) };
}

/** The spec kept in the annotation, when it still says the same as the present one. */
function keptSpec(resource: Resource, convertBack: (spec: Fields) => Fields): Fields | undefined {
  const text = resource.metadata.annotations?.[specAnnotation];
  if (text === undefined) return undefined;
  try {
    const spec: unknown = JSON.parse(text);
    const same = shortDiff(convertBack(fieldsOf(spec)), resource.spec, 'spec') === '';
    return same ? fieldsOf(spec) : undefined;
  } catch {
    return undefined;
  }
}

function withAnnotation(resource: Resource, spec: string | undefined): Resource['metadata'] {
  const { [specAnnotation]: _, ...others } = resource.metadata.annotations ?? {};
  const annotations = spec === undefined ? others : { ...others, [specAnnotation]: spec };
  const { annotations: _old, ...metadata } = resource.metadata;
  return Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations };
}

export function convertEventType(resource: Resource, version: string): Resource {
  const from = splitApiVersion(resource.apiVersion).version;
  const apiVersion = apiVersionOf('eventing.knative.dev', version);
  if ((from === 'v1beta3') === (version === 'v1beta3')) return { ...resource, apiVersion };
  const spec = fieldsOf(resource.spec);
  const { namespace } = resource.metadata;
  const there = (old: Fields): Fields => (version === 'v1beta3' ? toNewer(old, namespace) : toOlder(old));
  const back = (now: Fields): Fields => (version === 'v1beta3' ? toOlder(now) : toNewer(now, namespace));
  const kept = keptSpec(resource, back);
  if (kept !== undefined) return { ...resource, apiVersion, metadata: withAnnotation(resource, undefined), spec: kept };
  const next = there(spec);
  const lossless = shortDiff(back(next), spec, 'spec') === '';
  const metadata = withAnnotation(resource, lossless ? undefined : JSON.stringify(spec));
  return { ...resource, apiVersion, metadata, spec: next };
}

/**
 * JSON Schema of the shapes many kinds share (reference section 0.1). Descriptions are what an editor shows.
 */
import type { JsonSchema } from '../schema-check.ts';

export const text: JsonSchema = { type: 'string' };
export const textMap: JsonSchema = { type: 'object', additionalProperties: { type: 'string' } };

/** An object with just these fields. */
export function closed(properties: { readonly [name: string]: JsonSchema }, more: JsonSchema = {}): JsonSchema {
  return { type: 'object', additionalProperties: false, properties, ...more };
}

export const kReferenceSchema = closed(
  {
    apiVersion: { ...text, description: 'API version of the referenced object, such as v1.' },
    kind: { ...text, description: 'Kind of the referenced object, such as Service.' },
    name: { ...text, description: 'Name of the referenced object.' },
    namespace: { ...text, description: 'Its namespace; by default that of the object that refers to it.' },
    group: { ...text, description: 'API group in place of apiVersion. Not accepted at present.' },
    address: { ...text, description: "Picks one of the referenced object's addresses by name." },
  },
  { description: 'A reference to another object.' },
);

export const destinationSchema = closed(
  {
    ref: kReferenceSchema,
    uri: { ...text, description: 'Absolute URL; with ref, a path relative to its address.' },
    CACerts: { ...text, description: "PEM certificates to trust beside the system's." },
    audience: { ...text, description: 'OIDC audience of the destination.' },
  },
  { description: 'Where events go: ref, uri, or ref with a relative uri.' },
);

const durationText = (description: string): JsonSchema => ({
  ...text,
  description: `${description} ISO 8601, such as PT0.2S.`,
});

export const deliverySchema = closed(
  {
    deadLetterSink: { ...destinationSchema, description: 'Gets the events that could not be delivered.' },
    retry: { type: 'integer', minimum: 0, description: 'Attempts after the first one.' },
    timeout: durationText('Limit of one attempt.'),
    backoffPolicy: { ...text, enum: ['linear', 'exponential'], description: 'How the wait before an attempt grows.' },
    backoffDelay: durationText('Wait before the first retry.'),
    retryAfterMax: durationText('The longest Retry-After that is honoured; PT0S ignores the header.'),
    format: {
      ...text,
      enum: ['json', 'binary'],
      description: 'Content mode of what is sent: structured JSON or binary.',
    },
  },
  { description: 'Retries, time limits and the dead letter sink.' },
);

export const ceOverridesSchema = closed(
  { extensions: { ...textMap, description: 'Attributes added to or replaced in each event.' } },
  { description: 'What is overridden in the events a source sends.' },
);

/** Metadata: known names only, so that a slip such as `anotations` is not lost. */
const metadataSchema = closed({
  name: text,
  generateName: text,
  namespace: text,
  uid: text,
  resourceVersion: text,
  generation: { type: 'integer' },
  labels: textMap,
  annotations: textMap,
  finalizers: { type: 'array', items: text },
  ownerReferences: {
    type: 'array',
    items: closed(
      {
        apiVersion: text,
        kind: text,
        name: text,
        uid: text,
        controller: { type: 'boolean' },
        blockOwnerDeletion: { type: 'boolean' },
      },
      { required: ['apiVersion', 'kind', 'name', 'uid'] },
    ),
  },
  creationTimestamp: text,
  deletionTimestamp: text,
  deletionGracePeriodSeconds: { type: 'integer' },
  managedFields: { type: 'array', items: { type: 'object' } },
  selfLink: text,
});

/** The schema of a whole object: the usual four fields, those in `more`, and definitions that the parts refer to. */
export function objectSchema(parts: {
  readonly kind: string;
  readonly apiVersion: string;
  readonly description: string;
  readonly more: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly $defs?: { readonly [name: string]: JsonSchema };
}): JsonSchema {
  return {
    description: parts.description,
    ...(parts.$defs === undefined ? {} : { $defs: parts.$defs }),
    type: 'object',
    additionalProperties: false,
    required: ['apiVersion', 'kind', 'metadata', ...(parts.required ?? [])],
    properties: {
      apiVersion: { type: 'string', const: parts.apiVersion },
      kind: { type: 'string', const: parts.kind },
      metadata: metadataSchema,
      ...parts.more,
      status: { type: 'object' },
    },
  };
}

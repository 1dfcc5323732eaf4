/**
 * What every kind of channel has: the Channelable shape (spec.subscribers, spec.delivery, and what its status publishes).
 * Source: reference sections 0.1 and 1.6.
 */
import type { DeliverySpec } from '../../delivery/index.ts';
import type { Resource, Status } from '../../resource.ts';
import { type AnnotationParsers, brokerAnnotations, validateAnnotations } from '../annotations.ts';
import { type FieldError, invalidValue, missingField, withPaths } from '../field-error.ts';
import type { JsonSchema } from '../schema-check.ts';
import { defaultDelivery, withEntry } from './defaulting.ts';
import { validateDelivery } from './delivery.ts';
import { isFields } from './objects.ts';
import { closed, deliverySchema, text } from './schemas.ts';

/** Says that an object has the Channelable shape, and of which version. */
export const subscribableAnnotation = 'messaging.knative.dev/subscribable';
/** `"true"`: an in-memory channel answers before it has delivered. */
export const asyncHandlerAnnotation = 'messaging.knative.dev/async-handler';
/** `cluster` or `namespace`: where Knative runs the dispatcher of a channel. */
export const scopeAnnotation = 'eventing.knative.dev/scope';

/** An entry of `spec.subscribers`: a Subscription as its channel sees it. */
export interface ChannelSubscriber {
  /** UID of the Subscription. */
  readonly uid: string;
  readonly name?: string;
  /** Generation of the Subscription that the entry is of. */
  readonly generation?: number;
  readonly subscriberUri?: string;
  readonly subscriberCACerts?: string;
  readonly subscriberAudience?: string;
  readonly replyUri?: string;
  readonly replyCACerts?: string;
  readonly replyAudience?: string;
  readonly delivery?: DeliverySpec;
}

/** An entry of `status.subscribers`. */
export interface ChannelSubscriberStatus {
  readonly uid: string;
  readonly observedGeneration?: number;
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly message?: string;
}

export interface ChannelableSpec {
  readonly subscribers?: readonly ChannelSubscriber[];
  readonly delivery?: DeliverySpec;
}

export interface ChannelableStatus extends Status {
  readonly subscribers?: readonly ChannelSubscriberStatus[];
  readonly deadLetterSinkUri?: string;
  readonly deadLetterSinkCACerts?: string;
  readonly deadLetterSinkAudience?: string;
}

/** A channel of any kind that holds events. */
export interface Channelable extends Resource {
  readonly spec?: ChannelableSpec;
  readonly status?: ChannelableStatus;
}

const subscriberSchema: JsonSchema = closed(
  {
    uid: { ...text, description: 'UID of the Subscription.' },
    name: { ...text, description: 'Name of the Subscription.' },
    generation: { type: 'integer', description: 'Generation of the Subscription that this entry is of.' },
    subscriberUri: { ...text, description: 'Where its events go.' },
    subscriberCACerts: { ...text, description: 'PEM certificates of the subscriber.' },
    subscriberAudience: { ...text, description: 'OIDC audience of the subscriber.' },
    replyUri: { ...text, description: 'Where answers go.' },
    replyCACerts: { ...text, description: 'PEM certificates of where answers go.' },
    replyAudience: { ...text, description: 'OIDC audience of where answers go.' },
    delivery: deliverySchema,
    auth: { type: 'object', description: 'Identity of the Subscription.' },
  },
  { description: 'A Subscription as its channel sees it: written by the control plane.' },
);

/** Fields of `spec` that every kind of channel has. */
export const channelableProperties: { readonly [name: string]: JsonSchema } = {
  subscribers: { type: 'array', items: subscriberSchema, description: 'Written from Subscriptions.' },
  delivery: { ...deliverySchema, description: 'Delivery for Subscriptions that have none of their own.' },
};

/** Metadata with the annotation of the Channelable shape. */
function withSubscribable(metadata: Resource['metadata']): Resource['metadata'] {
  const { annotations } = metadata;
  if (annotations !== undefined && !isFields(annotations)) return metadata;
  if ((annotations?.[subscribableAnnotation] ?? '') !== '') return metadata;
  const next = withEntry(annotations, subscribableAnnotation, 'v1') as Record<string, string>;
  return { ...metadata, annotations: next };
}

/** Defaults of a channel: the annotation, and the namespace of its dead letter sink. */
export function defaultChannelable(resource: Resource): Resource {
  const { metadata, spec } = resource;
  if (!isFields(metadata)) return resource;
  const annotated = { ...resource, metadata: withSubscribable(metadata as Resource['metadata']) };
  if (!isFields(spec) || spec['delivery'] === undefined) return annotated;
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : undefined;
  return { ...annotated, spec: { ...spec, delivery: defaultDelivery(spec['delivery'], namespace) } };
}

function validateSubscribers(subscribers: readonly ChannelSubscriber[] | undefined): FieldError[] {
  return (subscribers ?? []).flatMap(({ subscriberUri = '', replyUri = '' }, index) => {
    if (subscriberUri !== '' || replyUri !== '') return [];
    const at = ['spec', 'subscribers', index];
    const error = { ...missingField(at), details: 'expected at least one of, got none' };
    // Paths as Knative's webhook has them: clients compare this text.
    const place = `spec.subscribable.subscriber[${index}]`;
    return [withPaths(error, [`${place}.replyURI`, `${place}.subscriberURI`])];
  });
}

function validateScope(annotations: Readonly<Record<string, string>> | undefined): FieldError[] {
  const scope = annotations?.[scopeAnnotation];
  if (scope === undefined || scope === 'cluster' || scope === 'namespace') return [];
  return [
    invalidValue(scope, ['metadata', 'annotations', scopeAnnotation], "expected either 'cluster' or 'namespace'"),
  ];
}

/** Rules that hold for every kind of channel. `parsers`: its annotations with a meaning besides those of retention. */
export function validateChannelable(
  { metadata, spec }: Pick<Channelable, 'metadata' | 'spec'>,
  parsers: AnnotationParsers = {},
): FieldError[] {
  return [
    ...validateAnnotations(metadata.annotations, { ...brokerAnnotations, ...parsers }),
    ...validateScope(metadata.annotations),
    ...validateSubscribers(spec?.subscribers),
    ...validateDelivery(spec?.delivery, ['spec', 'delivery']),
  ];
}

/** What a Channel needs and what its status should say. Pure. Source: reference section 2.3. */
import {
  type Channel,
  type ChannelTemplate,
  type ConcreteChannel,
  type ConditionMark,
  deadLetterSinkMarks,
  eventPolicyMarks,
  genericChannelMarks,
  type Resource,
} from '@millrace/api';
import type { StatusPlan } from '../reconciler.ts';
import type { GenericChannelObservation } from './observe.ts';

export interface GenericChannelPlan extends StatusPlan {
  /** To be written first: the channel it stands for, new or with other annotations. */
  readonly write?: { readonly kind: 'create' | 'update'; readonly object: Resource };
}

/** Annotations that mean something on the channel it stands for, and go on to it. */
const handedOn = ['messaging.knative.dev/', 'millrace.dev/'];

export function planGenericChannel(observed: GenericChannelObservation): GenericChannelPlan {
  const { channel, template, isChannelKind, backing } = observed;
  if (template === undefined || !isChannelKind)
    return { marks: [genericChannelMarks.backingFailed(why(template))], fields: {} };
  if (backing === undefined) {
    return {
      marks: [genericChannelMarks.backing(undefined), eventPolicyMarks.oidcDisabled()],
      fields: {},
      write: { kind: 'create', object: newBacking(channel, template) },
    };
  }
  const { apiVersion, kind, metadata, status = {} } = backing;
  const { address, addresses, subscribers, deadLetterSinkUri, deadLetterSinkCACerts, deadLetterSinkAudience } = status;
  const annotated = withAnnotations(backing, channel);
  return {
    marks: [
      genericChannelMarks.backing(status.conditions),
      address === undefined ? genericChannelMarks.notAddressable() : genericChannelMarks.addressable(),
      deadLetterSinkMark(channel, backing),
      eventPolicyMarks.oidcDisabled(),
    ],
    fields: {
      channel: { apiVersion, kind, name: metadata.name, namespace: metadata.namespace },
      address,
      addresses,
      subscribers,
      deadLetterSinkUri,
      deadLetterSinkCACerts,
      deadLetterSinkAudience,
    },
    ...(annotated === undefined ? {} : { write: { kind: 'update' as const, object: annotated } }),
  };
}

function why(template: ChannelTemplate | undefined): string {
  if (template === undefined) return 'spec.channelTemplate is missing';
  const { apiVersion, kind } = template;
  return `spec.channelTemplate: ${apiVersion} ${kind} is no kind of channel; expected one such as LogChannel of messaging.millrace.dev/v1alpha1`;
}

function deadLetterSinkMark(channel: Channel, backing: ConcreteChannel): ConditionMark {
  if (channel.spec?.delivery?.deadLetterSink === undefined) return deadLetterSinkMarks.notConfigured();
  return backing.status?.deadLetterSinkUri === undefined
    ? genericChannelMarks.deadLetterSinkUnresolved(backing.metadata.name)
    : deadLetterSinkMarks.resolved();
}

function annotationsToHandOn({ metadata }: Resource): Readonly<Record<string, string>> {
  const entries = Object.entries(metadata.annotations ?? {});
  return Object.fromEntries(entries.filter(([name]) => handedOn.some((prefix) => name.startsWith(prefix))));
}

/** The channel it stands for: same name, same namespace, gone when the Channel is. Made once. */
function newBacking(channel: Channel, template: ChannelTemplate): Resource {
  const { name, namespace, uid = '' } = channel.metadata;
  const { apiVersion, kind } = channel;
  const delivery = channel.spec?.delivery;
  return {
    apiVersion: template.apiVersion,
    kind: template.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      annotations: annotationsToHandOn(channel),
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: { ...template.spec, ...(delivery === undefined ? {} : { delivery }) },
  };
}

/** Undefined when it has them, or is not the Channel's own. */
function withAnnotations(backing: ConcreteChannel, channel: Channel): Resource | undefined {
  const { metadata } = backing;
  const isOwn = (metadata.ownerReferences ?? []).some(({ uid }) => uid === channel.metadata.uid);
  const wanted = annotationsToHandOn(channel);
  const differs = Object.entries(wanted).some(([name, value]) => metadata.annotations?.[name] !== value);
  if (!isOwn || !differs || metadata.deletionTimestamp !== undefined) return undefined;
  return { ...backing, metadata: { ...metadata, annotations: { ...metadata.annotations, ...wanted } } };
}

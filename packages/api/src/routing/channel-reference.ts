/**
 * Which channel a Subscription means: what it names, or, when that is a generic Channel, the channel that it stands for.
 * Source: reference section 5.3.
 */
import { isChannel } from '../kinds/channel/types.ts';
import { isOfGroup } from '../kinds/shared/api-version.ts';
import type { ReadObject } from '../kinds/shared/secret-reading.ts';
import type { Subscription } from '../kinds/subscription/types.ts';
import type { ResourceRef } from '../resource.ts';

export type ResolvedChannel =
  | { readonly kind: 'channel'; readonly ref: ResourceRef }
  /** The generic Channel is not there, or does not say yet what it stands for. */
  | { readonly kind: 'pending'; readonly ref: ResourceRef; readonly absent: boolean };

const channelGroup = 'messaging.knative.dev';

/** Names of channels are looked up in the Subscription's own namespace. */
export function resolveChannel({ metadata, spec }: Subscription, read: ReadObject): ResolvedChannel {
  const { namespace = '' } = metadata;
  const { apiVersion = '', kind = '', name = '' } = spec.channel ?? {};
  const ref = { apiVersion, kind, namespace, name };
  if (kind !== 'Channel' || !isOfGroup(apiVersion, channelGroup)) return { kind: 'channel', ref };
  const generic = read({ ...ref, apiVersion: `${channelGroup}/v1` });
  if (generic === undefined || !isChannel(generic)) return { kind: 'pending', ref, absent: true };
  const backing = generic.status?.channel;
  if (backing === undefined) return { kind: 'pending', ref, absent: false };
  return { kind: 'channel', ref: { ...backing, namespace: backing.namespace ?? namespace } };
}

/** What a Channel's plan depends on: what it stands for. */
import { type Channel, type ChannelTemplate, type ConcreteChannel, isConcreteChannel } from '@millrace/api';
import type { ReconcileContext } from '../reconciler.ts';

export interface GenericChannelObservation {
  readonly channel: Channel;
  readonly template: ChannelTemplate | undefined;
  /** False: its template names a kind that is no channel, or that is not known here. */
  readonly isChannelKind: boolean;
  /** The channel of its name and of the template's kind. */
  readonly backing: ConcreteChannel | undefined;
}

export function observeGenericChannel(channel: Channel, context: ReconcileContext): GenericChannelObservation {
  const { namespace = 'default', name } = channel.metadata;
  const template = channel.spec?.channelTemplate;
  if (template === undefined) return { channel, template, isChannelKind: false, backing: undefined };
  const { apiVersion, kind } = template;
  const found = context.read({ apiVersion, kind, namespace, name });
  return {
    channel,
    template,
    isChannelKind: isConcreteChannel({ apiVersion, kind, metadata: { name } }),
    backing: found !== undefined && isConcreteChannel(found) ? found : undefined,
  };
}

/** What the plan of a channel that holds events depends on, whatever its kind. */
import {
  type Broker,
  backingOfChannel,
  brokerOfChannel,
  type ChannelSubscriber,
  type ConcreteChannel,
  type ConfigReading,
  channelAtAddress,
  kafkaChannelSecret,
  type LogAdminOutcome,
  type LogBacking,
} from '@millrace/api';
import { type Resolution, resolveDestination } from '../destination.ts';
import type { ReconcileContext } from '../reconciler.ts';

interface ObservedSubscriber {
  readonly entry: ChannelSubscriber;
  /** False: an event may pass by it yet. */
  readonly isServed: boolean;
}

export interface ChannelObservation<T extends ConcreteChannel = ConcreteChannel> {
  readonly channel: T;
  readonly baseUrl: string;
  readonly backing: ConfigReading<LogBacking | undefined>;
  /** Name of the Secret by which the servers of a KafkaChannel are come in at; empty when there is none. */
  readonly secretName: string;
  /** What the server says of the log; absent: it was not asked. */
  readonly log?: LogAdminOutcome;
  /** False: its log is not open yet, and ingress does not know it. */
  readonly isServed: boolean;
  readonly subscribers: readonly ObservedSubscriber[];
  /** Absent: none is configured. */
  readonly deadLetterSink?: Resolution;
  /** The Broker whose own it is: its events are on the Broker's log, and its address is the Broker's. */
  readonly broker?: Broker;
  /** Another channel that has its address. */
  readonly heldBy?: ConcreteChannel;
}

export function observeChannel<T extends ConcreteChannel>(
  channel: T,
  context: ReconcileContext,
): ChannelObservation<T> {
  const { namespace = 'default', name, uid = '' } = channel.metadata;
  const { baseUrl } = context.options;
  const broker = brokerOfChannel(channel, context.read);
  const holder = broker === undefined ? channelAtAddress(namespace, name, context.read) : undefined;
  const sink = channel.spec?.delivery?.deadLetterSink;
  return {
    channel,
    baseUrl,
    backing: backingOfChannel(channel, context.backing),
    secretName: channel.kind === 'KafkaChannel' ? kafkaChannelSecret(context.backing) : '',
    isServed: context.isServed(broker?.metadata.uid ?? uid),
    subscribers: (channel.spec?.subscribers ?? []).map((entry) => ({ entry, isServed: context.isServed(entry.uid) })),
    ...(sink === undefined
      ? {}
      : { deadLetterSink: resolveDestination(sink, { read: context.read, namespace, baseUrl }) }),
    ...(broker === undefined ? {} : { broker }),
    ...(holder === undefined || holder.metadata.uid === uid ? {} : { heldBy: holder }),
  };
}

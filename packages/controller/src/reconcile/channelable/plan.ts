/** What the plans of all channels that hold events share. Pure. Source: reference sections 2.3 and 5.2. */
import {
  type Addressable,
  type ChannelSubscriberStatus,
  type ConditionMark,
  channelMarks,
  channelPath,
  deadLetterSinkMarks,
  keptKafkaBacking,
  type LogBacking,
  madeAnnotation,
  secretAnnotation,
  serversAnnotation,
  topicAnnotation,
} from '@millrace/api';
import { goesWithObject, type Removal } from '../log-keeper.ts';
import type { ChannelObservation } from './observe.ts';

/** Undefined: another channel has it. A Broker's own channel is reached where the Broker is. */
function addressOf({ channel, baseUrl, broker, heldBy }: ChannelObservation): Addressable | undefined {
  if (heldBy !== undefined) return undefined;
  const { namespace = 'default', name } = channel.metadata;
  const path = broker === undefined ? channelPath(namespace, name) : `/${namespace}/${broker.metadata.name}`;
  return { name: 'http', url: `${baseUrl}${path}` };
}

/** The address, and the Service that in a cluster would stand for it. */
export function addressMarks(observed: ChannelObservation): readonly ConditionMark[] {
  const { heldBy } = observed;
  if (heldBy === undefined) return [channelMarks.channelServiceReady(), channelMarks.addressable()];
  const { namespace = 'default', name } = heldBy.metadata;
  const why = `its address is that of ${heldBy.kind} ${namespace}/${name}, which is older; rename one of them`;
  return [channelMarks.channelServiceFailed(why), channelMarks.notAddressable(why)];
}

export function deadLetterSinkMark({ deadLetterSink }: ChannelObservation): ConditionMark {
  if (deadLetterSink === undefined) return deadLetterSinkMarks.notConfigured();
  return deadLetterSink.kind === 'resolved'
    ? deadLetterSinkMarks.resolved()
    : deadLetterSinkMarks.unresolved(deadLetterSink.reason);
}

/** What the channel says of each of its subscribers: ready when it gets every event that is accepted from now on. */
function subscriberStatuses({ subscribers }: ChannelObservation): readonly ChannelSubscriberStatus[] {
  return subscribers.map(({ entry: { uid, generation }, isServed }) => ({
    uid,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ready: isServed ? 'True' : 'Unknown',
    ...(isServed ? {} : { message: 'The data plane does not serve it yet.' }),
  }));
}

/** Where the log was put, so that it is found again when the settings have changed or are gone. */
function keptAnnotations(observed: ChannelObservation): Readonly<Record<string, string>> | undefined {
  const { channel, backing, log, secretName } = observed;
  const before = channel.status?.annotations;
  const found: LogBacking | undefined = backing.kind === 'ok' ? backing.value : undefined;
  if (observed.broker !== undefined || found === undefined || log?.kind !== 'ready' || !goesWithObject(found)) {
    return before;
  }
  const { [secretAnnotation]: _, ...others } = before ?? {};
  // Once made for the channel it stays the channel's, also when it was found there at a later look.
  const isMade = before?.[madeAnnotation] ?? String(log.made);
  const made = { [madeAnnotation]: log.made ? 'true' : isMade };
  if (found.kind !== 'kafka') return { ...others, ...made };
  return {
    ...others,
    ...made,
    [topicAnnotation]: found.topic,
    [serversAnnotation]: found.cluster.servers.join(','),
    ...(secretName === '' ? {} : { [secretAnnotation]: secretName }),
  };
}

/** Fields that the status of every channel has. */
export function channelFields(observed: ChannelObservation): Readonly<Record<string, unknown>> {
  const { deadLetterSink } = observed;
  const sink = deadLetterSink?.kind === 'resolved' ? deadLetterSink.destination : undefined;
  const address = addressOf(observed);
  const subscribers = subscriberStatuses(observed);
  return {
    address,
    addresses: address === undefined ? undefined : [address],
    subscribers: subscribers.length === 0 ? undefined : subscribers,
    deadLetterSinkUri: sink?.url,
    deadLetterSinkCACerts: sink?.caCerts,
    deadLetterSinkAudience: sink?.audience,
    annotations: keptAnnotations(observed),
  };
}

/** The log goes with the channel when it was made for it; also when by now it would be made elsewhere. */
export function removalOfChannel({ channel, backing }: ChannelObservation): Removal {
  const { annotations = {} } = channel.status ?? {};
  if (annotations[madeAnnotation] !== 'true') return { kind: 'none' };
  if (backing.kind === 'ok' && backing.value !== undefined && goesWithObject(backing.value)) {
    return { kind: 'log', backing: backing.value };
  }
  const kept = keptKafkaBacking(channel);
  if (kept !== undefined) return { kind: 'log', backing: kept };
  const topic = annotations[topicAnnotation];
  const why = backing.kind === 'error' ? backing.message : 'the installation runs on another log by now';
  return { kind: 'unknown', what: topic === undefined ? 'stream' : `topic ${topic}`, why };
}

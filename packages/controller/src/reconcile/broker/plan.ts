/**
 * What a Broker's status should say, by what its class keeps events in, and what goes with it. Pure. Source: reference
 * sections 2.1 and 2.5.
 */
import {
  addressMarks,
  type Broker,
  brokerMarks,
  type ConditionMark,
  channelStatus,
  deadLetterSinkMarks,
  eventPolicyMarks,
  findCondition,
  kafkaMarks,
  keptBrokerBacking,
  type LogAdminOutcome,
  type LogBacking,
  madeAnnotation,
  partitionsStatus,
  type Resource,
  readyCondition,
  replicationStatus,
  secretAnnotation,
  serversAnnotation,
  topicAnnotation,
} from '@millrace/api';
import { configMark, topicMark } from '../kafka-plan.ts';
import { goesWithObject, isThere, type Removal } from '../log-keeper.ts';
import type { StatusPlan } from '../reconciler.ts';
import type { BrokerObservation, ChannelObservation } from './observe.ts';

/** What a person should know of a Broker that is made of an InMemoryChannel. */
const notDurable =
  'Events are in memory and gone when the process ends: a LogChannel (messaging.millrace.dev/v1alpha1) as template keeps them.';

export function planBroker(observed: BrokerObservation): StatusPlan {
  const { broker, baseUrl, deadLetterSink } = observed;
  const { namespace = 'default', name } = broker.metadata;
  const address = { name: 'http', url: `${baseUrl}/${namespace}/${name}` };
  const sink = deadLetterSink?.kind === 'resolved' ? deadLetterSink.destination : undefined;
  const annotations = annotationsOf(observed);
  // Without a log there is nothing at the address: who means to send there has to wait.
  const isReached = isThere(observed.backing, observed.outcome, broker.status, madeAnnotation);
  return {
    marks: [
      ...marksOfLog(isReached ? observed : { ...observed, isServed: false }),
      isReached ? addressMarks.set() : addressMarks.missing(),
      deadLetterSink === undefined
        ? deadLetterSinkMarks.notConfigured()
        : deadLetterSink.kind === 'resolved'
          ? deadLetterSinkMarks.resolved()
          : deadLetterSinkMarks.unresolved(deadLetterSink.reason),
      eventPolicyMarks.oidcDisabled(),
    ],
    fields: {
      address: isReached ? address : undefined,
      addresses: isReached ? [address] : undefined,
      deadLetterSinkUri: sink?.url,
      deadLetterSinkCACerts: sink?.caCerts,
      deadLetterSinkAudience: sink?.audience,
      annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
    },
  };
}

function marksOfLog(observed: BrokerObservation): readonly ConditionMark[] {
  if (observed.log === 'kafka') return kafkaBrokerMarks(observed);
  const { isServed } = observed;
  return [
    // Ready is a promise: who waits for it and then sends an event must find that it is taken.
    isServed === false ? brokerMarks.ingressNotServing() : brokerMarks.ingressReady(),
    brokerMarks.filterReady(),
    observed.log === 'jetstream' ? streamMark(observed) : channelMark(observed),
  ];
}

function kafkaBrokerMarks({ backing, outcome, isServed, deadLetterSink }: BrokerObservation): readonly ConditionMark[] {
  const topic = backing.kind === 'ok' && backing.value?.kind === 'kafka' ? backing.value.topic : '';
  const isSinkMissing = deadLetterSink?.kind === 'unresolved' && backing.kind === 'ok';
  return [
    // The set of these conditions has none for the dead letter sink.
    isSinkMissing
      ? kafkaMarks.configNotParsed("Unable to get the dead letter sink's URI", deadLetterSink.reason)
      : configMark(backing),
    ...topicMark(topic, outcome),
    ...(isServed === false ? kafkaMarks.notServed() : kafkaMarks.served()),
  ];
}

/** Marks for what a server says of a log. */
interface LogMarks {
  readonly ready: (note: string) => ConditionMark;
  readonly failed: (reason: string, why: string) => ConditionMark;
  readonly unknown: (reason: string, why: string) => ConditionMark;
}

function markOfOutcome(outcome: LogAdminOutcome | undefined, marks: LogMarks): ConditionMark {
  if (outcome === undefined || outcome.kind === 'ready') return marks.ready((outcome?.warnings ?? []).join(' '));
  return (outcome.kind === 'refused' ? marks.failed : marks.unknown)(outcome.reason, outcome.message);
}

function streamMark({ backing, outcome }: BrokerObservation): ConditionMark {
  if (backing.kind === 'error') return brokerMarks.streamFailed('ConfigNotReady', backing.message);
  return markOfOutcome(outcome, {
    ready: brokerMarks.streamReady,
    failed: brokerMarks.streamFailed,
    unknown: brokerMarks.streamUnknown,
  });
}

function channelMark({ broker, channel, template, backing, outcome }: BrokerObservation): ConditionMark {
  const isMade = channel?.object !== undefined;
  if (template?.kind === 'error' && !isMade) return brokerMarks.channelTemplateFailed(template.message);
  if (channel?.problem !== undefined) return brokerMarks.channelFailed(channel.problem);
  // The channel is there, and its name not in the status yet: then its log is asked for at the next look.
  if (backing.kind === 'error' && !(isMade && backing.absent)) return brokerMarks.channelFailed(backing.message);
  if (outcome !== undefined && outcome.kind !== 'ready') {
    return markOfOutcome(outcome, {
      ready: brokerMarks.channelReady,
      failed: brokerMarks.channelNotReady,
      unknown: brokerMarks.channelUnknown,
    });
  }
  const inMemory = backing.kind === 'ok' && backing.value?.kind === 'memory' ? [notDurable] : [];
  const note = [...inMemory, ...(outcome?.warnings ?? [])].join(' ');
  return channel?.object === undefined ? brokerMarks.channelReady(note) : followChannel(channel.object, broker, note);
}

/** What the channel says of itself. */
function followChannel(channel: Resource, broker: Broker, note: string): ConditionMark {
  const isOwn = (channel.metadata.ownerReferences ?? []).some(({ uid }) => uid === broker.metadata.uid);
  if (!isOwn) {
    const { namespace = '', name } = channel.metadata;
    return brokerMarks.channelFailed(
      `${channel.kind} ${namespace}/${name} is there and not owned by the Broker; rename one of them`,
    );
  }
  const ready = findCondition(channel.status?.conditions, readyCondition);
  if (ready === undefined) return brokerMarks.channelUnknown('', 'Channel has not yet been reconciled.');
  const { status, reason = '', message = '' } = ready;
  if (status === 'False') return brokerMarks.channelNotReady(reason, message);
  if (status === 'Unknown') return brokerMarks.channelUnknown(reason, message);
  return channel.status?.address === undefined ? brokerMarks.channelWithoutAddress() : brokerMarks.channelReady(note);
}

/** What the status holds of the channel and of the log: other annotations stay as they are. */
function annotationsOf(observed: BrokerObservation): Readonly<Record<string, string>> {
  const { broker, channel } = observed;
  return { ...logAnnotations(observed, broker.status?.annotations ?? {}), ...channelAnnotations(channel) };
}

function channelAnnotations(channel: ChannelObservation | undefined): Readonly<Record<string, string>> {
  const { object } = channel ?? {};
  if (object === undefined) return {};
  const { url, CACerts, audience } = object.status?.address ?? {};
  return {
    [channelStatus.apiVersion]: object.apiVersion,
    [channelStatus.kind]: object.kind,
    [channelStatus.name]: object.metadata.name,
    ...(url === undefined ? {} : { [channelStatus.address]: url }),
    ...(CACerts === undefined ? {} : { [channelStatus.caCerts]: CACerts }),
    ...(audience === undefined ? {} : { [channelStatus.audience]: audience }),
  };
}

/** Where the log was put, so that it is found again when the settings have changed or are gone. */
function logAnnotations(
  { backing, outcome, secretName = '' }: BrokerObservation,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const log: LogBacking | undefined = backing.kind === 'ok' ? backing.value : undefined;
  if (log === undefined || outcome?.kind !== 'ready') return before;
  // Once made for the Broker it stays the Broker's, also when it was found there at a later look.
  const isMade = outcome.made ? 'true' : (before[madeAnnotation] ?? 'false');
  const made = goesWithObject(log) ? { [madeAnnotation]: isMade } : {};
  if (log.kind !== 'kafka') return { ...before, ...made };
  const { [secretAnnotation]: _, ...others } = before;
  return {
    ...others,
    ...made,
    [topicAnnotation]: log.topic,
    ...(log.owned ? { [partitionsStatus]: String(log.partitions) } : {}),
    // Without a number the cluster decided: see the topic itself.
    ...(log.owned && log.replicationFactor > 0 ? { [replicationStatus]: String(log.replicationFactor) } : {}),
    [serversAnnotation]: log.cluster.servers.join(','),
    ...(secretName === '' ? {} : { [secretAnnotation]: secretName }),
  };
}

/**
 * The log goes with the Broker when it was made for it; also when its settings are gone, as far as the status still says
 * where it is. Without `observed` the class is nobody's by now.
 */
export function removalOfBroker(broker: Broker, observed: BrokerObservation | undefined): Removal {
  const { annotations = {} } = broker.status ?? {};
  if (annotations[madeAnnotation] !== 'true') return { kind: 'none' };
  const backing = observed?.backing;
  if (backing?.kind === 'ok' && backing.value !== undefined && goesWithObject(backing.value)) {
    return { kind: 'log', backing: backing.value };
  }
  const kept = keptBrokerBacking(broker);
  if (kept !== undefined) return { kind: 'log', backing: kept };
  const topic = annotations[topicAnnotation];
  const why = backing?.kind === 'error' ? backing.message : 'its settings name another log by now';
  return { kind: 'unknown', what: topic === undefined ? 'stream' : `topic ${topic}`, why };
}

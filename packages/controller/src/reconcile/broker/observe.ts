/** What a Broker's plan depends on. */
import {
  type Broker,
  type BrokerLog,
  backingOfBroker,
  brokerLogOf,
  type ChannelTemplate,
  type ConfigReading,
  channelOfBroker,
  type LogAdminOutcome,
  type LogBacking,
  type Resource,
  readBrokerTemplate,
  readKafkaBrokerConfig,
} from '@millrace/api';
import { childName } from '../child-name.ts';
import { type Resolution, resolveDestination } from '../destination.ts';
import type { ReconcileContext } from '../reconciler.ts';

/** The channel of a MTChannelBasedBroker. */
export interface ChannelObservation {
  readonly name: string;
  /** Undefined: it is not made yet. */
  readonly object: Resource | undefined;
  /** Why it could not be made. */
  readonly problem?: string;
}

export interface BrokerObservation {
  readonly broker: Broker;
  /** What its class keeps events in. */
  readonly log: BrokerLog;
  readonly backing: ConfigReading<LogBacking | undefined>;
  /** Name of the Secret by which Kafka's servers are come in at; empty when there is none. */
  readonly secretName?: string;
  /** What the server says of the log; absent: it was not asked. */
  readonly outcome?: LogAdminOutcome;
  /** What `spec.config` says of a channel, where the class looks at it. One on the installation's log does not use it. */
  readonly template?: ConfigReading<ChannelTemplate>;
  /** Absent: its class is made of none. */
  readonly channel?: ChannelObservation;
  /** Absent: none is configured. */
  readonly deadLetterSink?: Resolution;
  readonly baseUrl: string;
  /** False: its log is not open yet, and ingress does not know it. */
  readonly isServed?: boolean;
}

/** Undefined: the Broker is of a class that is somebody else's. */
export function observeBroker(broker: Broker, context: ReconcileContext): BrokerObservation | undefined {
  const log = brokerLogOf(broker);
  if (log === undefined) return undefined;
  const { namespace = 'default', uid = '' } = broker.metadata;
  const { baseUrl } = context.options;
  const sink = broker.spec?.delivery?.deadLetterSink;
  const isOnServer = log === 'kafka' || log === 'jetstream';
  const template = isOnServer ? undefined : readBrokerTemplate(broker, context.read, context.backing.parseYaml);
  return {
    broker,
    log,
    backing: backingOfBroker(broker, context.backing),
    baseUrl,
    isServed: context.isServed(uid),
    ...(log === 'kafka' ? { secretName: secretOf(broker, context) } : {}),
    ...(template === undefined ? {} : { template }),
    ...(log === 'channel' && template !== undefined ? { channel: observeChannel(broker, template, context) } : {}),
    ...(sink === undefined
      ? {}
      : { deadLetterSink: resolveDestination(sink, { read: context.read, namespace, baseUrl }) }),
  };
}

function secretOf(broker: Broker, { read }: ReconcileContext): string {
  const config = readKafkaBrokerConfig(broker, read);
  return config.kind === 'ok' ? (config.value?.secretName ?? '') : '';
}

/** The channel that the status names, else one of the template's kind that has its name. */
function observeChannel(
  broker: Broker,
  template: ConfigReading<ChannelTemplate>,
  { read }: ReconcileContext,
): ChannelObservation {
  const { namespace = 'default' } = broker.metadata;
  const name = childName(broker.metadata.name, '-kne-trigger');
  const kept = channelOfBroker(broker, { read });
  if (kept !== undefined || template.kind === 'error') return { name, object: kept };
  const { apiVersion, kind } = template.value;
  return { name, object: read({ apiVersion, kind, namespace, name }) };
}

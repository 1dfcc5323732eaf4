/**
 * The channel of a MTChannelBasedBroker: made of its template, for people and tools to see; its events are on the Broker's own
 * route. Source: reference section 10.
 */
import { type Broker, brokerEverythingLabel, brokerLabel, type ChannelTemplate, type Resource } from '@millrace/api';
import { isStoreError } from '../../store/store-error.ts';
import type { ReconcileContext } from '../reconciler.ts';
import type { BrokerObservation } from './observe.ts';

/** Where Knative runs the dispatcher of the channel. */
const scopeAnnotation = 'eventing.knative.dev/scope';

/** A Broker's annotations that are meant for its channel (reference 5.2). */
const channelAnnotationPrefix = 'messaging.knative.dev';

function annotationsFor({ metadata }: Broker): Readonly<Record<string, string>> {
  const own = Object.entries(metadata.annotations ?? {}).filter(([name]) => name.startsWith(channelAnnotationPrefix));
  return { ...Object.fromEntries(own), [scopeAnnotation]: 'cluster' };
}

function newChannel(name: string, { apiVersion, kind, spec }: ChannelTemplate, broker: Broker): Resource {
  const { namespace = 'default', uid = '' } = broker.metadata;
  const owner = { apiVersion: broker.apiVersion, kind: broker.kind, name: broker.metadata.name, uid };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      labels: { [brokerLabel]: broker.metadata.name, [brokerEverythingLabel]: 'true' },
      annotations: annotationsFor(broker),
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    ...(spec === undefined ? {} : { spec }),
  };
}

/** Makes the channel when it is not there. What the store refuses for good is told; all else is thrown. */
export async function makeChannel(observed: BrokerObservation, context: ReconcileContext): Promise<BrokerObservation> {
  const { broker, channel, template } = observed;
  if (channel === undefined || channel.object !== undefined || template?.kind !== 'ok') return observed;
  try {
    const object = await context.store.create(newChannel(channel.name, template.value, broker));
    context.accept(object);
    return { ...observed, channel: { ...channel, object } };
  } catch (error) {
    if (!isStoreError(error, 'invalid') && !isStoreError(error, 'not-found')) throw error;
    return { ...observed, channel: { ...channel, problem: error.message } };
  }
}

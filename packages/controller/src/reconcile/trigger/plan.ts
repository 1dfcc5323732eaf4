/** What a Trigger's status should say. Pure. Source: reference section 2.2. */
import {
  type Broker,
  brokerLogOf,
  type ConditionMark,
  deadLetterSinkMarks,
  findCondition,
  groupIdStatus,
  identityMarks,
  isCurrent,
  readyCondition,
  triggerMarks,
} from '@millrace/api';
import { stalledBecause } from '../delivery-progress.ts';
import type { ResolvedDestination } from '../destination.ts';
import type { StatusPlan } from '../reconciler.ts';
import type { Dependency, TriggerObservation } from './observe.ts';

/** Undefined: the Broker is of a class that belongs to somebody else, and nothing is written. */
export function planTrigger(observed: TriggerObservation): StatusPlan | undefined {
  const { trigger, broker, brokerName, subscriber, groupId } = observed;
  if (broker === undefined) return { marks: [triggerMarks.brokerDoesNotExist(brokerName)], fields: {} };
  if (brokerLogOf(broker) === undefined) return undefined;
  const brokerMark = markOfBroker(broker);
  // Not ready: the other conditions stay as they were, and so does what was resolved.
  if (brokerMark.status !== 'True') return { marks: [brokerMark], fields: {} };

  const sink = planDeadLetterSink(observed, broker);
  const resolved = subscriber.kind === 'resolved' ? subscriber.destination : undefined;
  return {
    marks: [
      brokerMark,
      markOfSubscription(observed),
      subscriber.kind === 'resolved'
        ? triggerMarks.subscriberResolved()
        : triggerMarks.subscriberUnresolved(subscriber.reason),
      sink.mark,
      markOfDependency(observed.dependency),
      identityMarks.oidcDisabled(),
    ],
    fields: {
      subscriberUri: resolved?.url,
      subscriberCACerts: resolved?.caCerts,
      subscriberAudience: resolved?.audience,
      ...(groupId === undefined ? {} : { annotations: { ...trigger.status?.annotations, [groupIdStatus]: groupId } }),
      deadLetterSinkUri: sink.destination?.url,
      deadLetterSinkCACerts: sink.destination?.caCerts,
      deadLetterSinkAudience: sink.destination?.audience,
    },
  };
}

/** Ready is a promise: who waits for it and then sends an event must find that it arrives. */
function markOfSubscription({ trigger, isServed }: TriggerObservation): ConditionMark {
  const why = stalledBecause(trigger);
  if (isServed === false) return triggerMarks.subscriptionNotConfigured();
  return why === undefined ? triggerMarks.subscribed() : triggerMarks.stalled(why);
}

function markOfBroker(broker: Broker): ConditionMark {
  const conditions = broker.status?.conditions;
  const isOld = findCondition(conditions, readyCondition)?.status === 'True' && !isCurrent(broker);
  return triggerMarks.broker(isOld ? undefined : conditions);
}

/** The Trigger's own dead letter sink, else its Broker's. */
function planDeadLetterSink(
  { deadLetterSink, brokerName }: TriggerObservation,
  broker: Broker,
): { readonly mark: ConditionMark; readonly destination?: ResolvedDestination } {
  if (deadLetterSink !== undefined) {
    return deadLetterSink.kind === 'resolved'
      ? { mark: deadLetterSinkMarks.resolved(), destination: deadLetterSink.destination }
      : { mark: deadLetterSinkMarks.unresolved(deadLetterSink.reason) };
  }
  if (broker.spec?.delivery?.deadLetterSink === undefined) return { mark: deadLetterSinkMarks.notConfigured() };
  const { deadLetterSinkUri, deadLetterSinkCACerts, deadLetterSinkAudience } = broker.status ?? {};
  if (deadLetterSinkUri === undefined) return { mark: triggerMarks.brokerDeadLetterSinkUnresolved(brokerName) };
  return {
    mark: deadLetterSinkMarks.resolved(),
    destination: {
      url: deadLetterSinkUri,
      ...(deadLetterSinkCACerts === undefined ? {} : { caCerts: deadLetterSinkCACerts }),
      ...(deadLetterSinkAudience === undefined ? {} : { audience: deadLetterSinkAudience }),
    },
  };
}

function markOfDependency(dependency: Dependency | undefined): ConditionMark {
  if (dependency === undefined) return triggerMarks.noDependency();
  if (dependency.kind === 'malformed') {
    return triggerMarks.dependencyReferenceError(
      `Unable to unmarshal objectReference from dependency annotation of trigger: ${dependency.reason}`,
    );
  }
  const { name, object } = dependency;
  if (object === undefined) return triggerMarks.dependencyDoesNotExist(`Dependency does not exist: ${name} not found`);
  if (!isCurrent(object)) {
    const generations = `${object.metadata.generation ?? 0} but observedGeneration ${object.status?.observedGeneration ?? 0}`;
    return triggerMarks.dependencyNotCurrent(`The dependency's metadata.generation is ${generations}`);
  }
  return triggerMarks.dependency(object.status?.conditions);
}

/**
 * Conditions of a Broker, by what it keeps its events in: reference sections 2.1 (channel and installation) and 2.5 (Kafka).
 * Those on JetStream have a stream where the others have a channel.
 */
import {
  type ConditionMark,
  type ConditionSet,
  livingConditionSet,
  markFalse,
  markTrue,
  markUnknown,
} from '../conditions.ts';
import {
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
} from '../shared/conditions.ts';
import { kafkaReceiverConditions } from '../shared/kafka-conditions.ts';
import type { BrokerLog } from './classes.ts';

const ingressReadyCondition = 'IngressReady';
const triggerChannelReadyCondition = 'TriggerChannelReady';
const streamReadyCondition = 'StreamReady';
const filterReadyCondition = 'FilterReady';

export const brokerConditionSet = livingConditionSet(
  ingressReadyCondition,
  triggerChannelReadyCondition,
  filterReadyCondition,
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
);

const kafkaBrokerConditionSet = livingConditionSet(
  ...kafkaReceiverConditions,
  addressableCondition,
  eventPoliciesReadyCondition,
);

const jetStreamBrokerConditionSet = livingConditionSet(
  streamReadyCondition,
  ingressReadyCondition,
  filterReadyCondition,
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
);

export function brokerConditionSetOf(log: BrokerLog): ConditionSet {
  if (log === 'kafka') return kafkaBrokerConditionSet;
  return log === 'jetstream' ? jetStreamBrokerConditionSet : brokerConditionSet;
}

/** Marks that only Brokers have. The trigger channel of a Broker on the installation's log is that log. */
export const brokerMarks = {
  ingressReady: (): ConditionMark => markTrue(ingressReadyCondition),
  ingressNotServing: (): ConditionMark =>
    markUnknown(ingressReadyCondition, 'IngressNotServing', 'The log of the Broker is not open yet.'),
  ingressFailed: (why: string): ConditionMark => markFalse(ingressReadyCondition, 'ServiceFailure', why),
  /** `note`: what a person should know although it works. */
  channelReady: (note = ''): ConditionMark =>
    note === '' ? markTrue(triggerChannelReadyCondition) : markTrue(triggerChannelReadyCondition, 'ChannelReady', note),
  channelTemplateFailed: (why: string): ConditionMark =>
    markFalse(triggerChannelReadyCondition, 'ChannelTemplateFailed', `Error on setting up the ChannelTemplate: ${why}`),
  channelFailed: (why: string): ConditionMark => markFalse(triggerChannelReadyCondition, 'ChannelFailure', why),
  channelWithoutAddress: (): ConditionMark =>
    markFalse(triggerChannelReadyCondition, 'NoAddress', 'Channel does not have an address.'),
  channelNotReady: (reason: string, why: string): ConditionMark =>
    markFalse(triggerChannelReadyCondition, reason === '' ? 'ChannelNotReady' : reason, why),
  channelUnknown: (reason: string, why: string): ConditionMark =>
    markUnknown(triggerChannelReadyCondition, reason === '' ? 'ChannelNotReady' : reason, why),
  streamReady: (note = ''): ConditionMark =>
    note === '' ? markTrue(streamReadyCondition) : markTrue(streamReadyCondition, 'StreamReady', note),
  streamFailed: (reason: string, why: string): ConditionMark => markFalse(streamReadyCondition, reason, why),
  streamUnknown: (reason: string, why: string): ConditionMark => markUnknown(streamReadyCondition, reason, why),
  filterReady: (): ConditionMark => markTrue(filterReadyCondition),
  filterFailed: (why: string): ConditionMark => markFalse(filterReadyCondition, 'ServiceFailure', why),
};

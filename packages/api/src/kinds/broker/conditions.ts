/** Conditions of a Broker that runs on our log. The set is that of MTChannelBasedBroker: reference section 2.1. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';
import {
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
} from '../shared/conditions.ts';

const ingressReadyCondition = 'IngressReady';
const triggerChannelReadyCondition = 'TriggerChannelReady';
const filterReadyCondition = 'FilterReady';

export const brokerConditionSet = livingConditionSet(
  ingressReadyCondition,
  triggerChannelReadyCondition,
  filterReadyCondition,
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
);

/** Marks that only Brokers have. The trigger channel is the Broker's log. */
export const brokerMarks = {
  ingressReady: (): ConditionMark => markTrue(ingressReadyCondition),
  ingressNotServing: (): ConditionMark =>
    markUnknown(ingressReadyCondition, 'IngressNotServing', 'The log of the Broker is not open yet.'),
  ingressFailed: (why: string): ConditionMark => markFalse(ingressReadyCondition, 'ServiceFailure', why),
  channelReady: (): ConditionMark => markTrue(triggerChannelReadyCondition),
  channelTemplateFailed: (why: string): ConditionMark =>
    markFalse(triggerChannelReadyCondition, 'ChannelTemplateFailed', `Error on setting up the ChannelTemplate: ${why}`),
  channelFailed: (why: string): ConditionMark => markFalse(triggerChannelReadyCondition, 'ChannelFailure', why),
  channelWithoutAddress: (): ConditionMark =>
    markFalse(triggerChannelReadyCondition, 'NoAddress', 'Channel does not have an address.'),
  filterReady: (): ConditionMark => markTrue(filterReadyCondition),
  filterFailed: (why: string): ConditionMark => markFalse(filterReadyCondition, 'ServiceFailure', why),
};

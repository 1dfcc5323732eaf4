/** Conditions of a Broker that runs on our log. The set is that of MTChannelBasedBroker: reference section 2.1. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue } from '../conditions.ts';
import { ADDRESSABLE, DEAD_LETTER_SINK_RESOLVED, EVENT_POLICIES_READY } from '../shared/conditions.ts';

export const INGRESS_READY = 'IngressReady';
export const TRIGGER_CHANNEL_READY = 'TriggerChannelReady';
export const FILTER_READY = 'FilterReady';

export const brokerConditionSet = livingConditionSet(
  INGRESS_READY,
  TRIGGER_CHANNEL_READY,
  FILTER_READY,
  ADDRESSABLE,
  DEAD_LETTER_SINK_RESOLVED,
  EVENT_POLICIES_READY,
);

/** Marks that only Brokers have. The trigger channel is the Broker's log. */
export const brokerMarks = {
  ingressReady: (): ConditionMark => markTrue(INGRESS_READY),
  ingressFailed: (why: string): ConditionMark => markFalse(INGRESS_READY, 'ServiceFailure', why),
  channelReady: (): ConditionMark => markTrue(TRIGGER_CHANNEL_READY),
  channelTemplateFailed: (why: string): ConditionMark =>
    markFalse(TRIGGER_CHANNEL_READY, 'ChannelTemplateFailed', `Error on setting up the ChannelTemplate: ${why}`),
  channelFailed: (why: string): ConditionMark => markFalse(TRIGGER_CHANNEL_READY, 'ChannelFailure', why),
  channelWithoutAddress: (): ConditionMark =>
    markFalse(TRIGGER_CHANNEL_READY, 'NoAddress', 'Channel does not have an address.'),
  filterReady: (): ConditionMark => markTrue(FILTER_READY),
  filterFailed: (why: string): ConditionMark => markFalse(FILTER_READY, 'ServiceFailure', why),
};

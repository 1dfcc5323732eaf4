/** Conditions of a NatsJetStreamChannel. Source: reference section 2.5: here `DispatcherReady` counts. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';
import {
  channelServiceReadyCondition,
  dispatcherReadyCondition,
  endpointsReadyCondition,
  serviceReadyCondition,
} from '../shared/channel-conditions.ts';
import { addressableCondition } from '../shared/conditions.ts';

const streamReadyCondition = 'StreamReady';

export const natsJetStreamChannelConditionSet = livingConditionSet(
  streamReadyCondition,
  dispatcherReadyCondition,
  serviceReadyCondition,
  endpointsReadyCondition,
  channelServiceReadyCondition,
  addressableCondition,
);

/** Marks that only NatsJetStreamChannels have. */
export const natsJetStreamChannelMarks = {
  /** `warnings`: what cannot be seen to be safe; it serves all the same. */
  streamReady: (warnings: readonly string[] = []): ConditionMark =>
    markTrue(streamReadyCondition, '', warnings.join(' ')),
  configFailed: (why: string): ConditionMark => markFalse(streamReadyCondition, 'ConfigNotReadable', why),
  streamRefused: (reason: string, why: string): ConditionMark => markFalse(streamReadyCondition, reason, why),
  streamUnreachable: (reason: string, why: string): ConditionMark => markUnknown(streamReadyCondition, reason, why),
};

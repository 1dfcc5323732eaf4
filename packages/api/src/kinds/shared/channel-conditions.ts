/** Marks that several kinds of channels share. Texts: reference section 2.3. */
import { type ConditionMark, markFalse, markTrue, markUnknown } from '../conditions.ts';
import { addressableCondition } from './conditions.ts';

export const serviceReadyCondition = 'ServiceReady';
export const endpointsReadyCondition = 'EndpointsReady';
export const channelServiceReadyCondition = 'ChannelServiceReady';
export const dispatcherReadyCondition = 'DispatcherReady';

/** Here the dispatcher, its service and its endpoints are the data plane of the installation. */
export const channelMarks = {
  serviceReady: (): ConditionMark => markTrue(serviceReadyCondition),
  endpointsReady: (): ConditionMark => markTrue(endpointsReadyCondition),
  endpointsNotReady: (): ConditionMark =>
    markUnknown(endpointsReadyCondition, 'DispatcherEndpointsNotReady', 'The log of the channel is not open yet.'),
  dispatcherReady: (): ConditionMark => markTrue(dispatcherReadyCondition),
  channelServiceReady: (): ConditionMark => markTrue(channelServiceReadyCondition),
  channelServiceFailed: (why: string): ConditionMark =>
    markFalse(channelServiceReadyCondition, 'ChannelServiceFailed', why),
  addressable: (): ConditionMark => markTrue(addressableCondition),
  notAddressable: (why = 'hostname is the empty string'): ConditionMark =>
    markFalse(addressableCondition, 'emptyHostname', why),
};

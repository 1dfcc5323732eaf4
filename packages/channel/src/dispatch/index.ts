/** The dispatch engine: from a log to subscribers. */
export { createDispatcher, type Dispatcher, type DispatcherOptions } from './dispatcher.ts';
export { type DispatchMetrics, noDispatchMetrics, type SubscriptionMeter } from './engine.ts';
export { type DispatchLimits, defaultLimits } from './limits.ts';
export * from './ports.ts';

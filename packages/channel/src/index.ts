/** The event log, the dispatch engine and delivery. */
export * from './dead-letter/index.ts';
export { createDeliverer, type DelivererOptions } from './delivery/deliverer.ts';
export * from './delivery/delivery.ts';
export * from './dispatch/index.ts';
export * from './log/index.ts';

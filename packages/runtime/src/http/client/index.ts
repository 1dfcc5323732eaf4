export * from './client.ts';
export { type DestinationLimits, destinationLimits, type Waiter } from './destinations.ts';
export type { FailureKind } from './failures.ts';

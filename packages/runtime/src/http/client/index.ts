export * from './client.ts';
export { type DestinationLimits, destinationLimits } from './destinations.ts';
export type { FailureKind } from './failures.ts';

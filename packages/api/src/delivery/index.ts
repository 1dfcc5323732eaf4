export * from './delivery.ts';
export * from './destination.ts';
export * from './duration.ts';
export * from './retry.ts';
export * from './spec.ts';

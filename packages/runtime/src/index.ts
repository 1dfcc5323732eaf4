/** Ambient effects behind ports, and the libraries that serve them. */
export * from './http/index.ts';
export * from './lifecycle/index.ts';
export * from './logging/index.ts';
export * from './metrics/index.ts';
export * from './ports/index.ts';
export * from './system/index.ts';

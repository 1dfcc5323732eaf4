/** The vocabulary of Millrace. Pure: no I/O, no clock, no randomness. */
export * from './cesql/index.ts';
export * from './delivery/index.ts';
export * from './event/index.ts';
export * from './filter/index.ts';
export * from './kinds/index.ts';
export * from './resource.ts';
export * from './routing/index.ts';

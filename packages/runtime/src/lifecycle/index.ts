export * from './lifecycle.ts';
export * from './signals.ts';

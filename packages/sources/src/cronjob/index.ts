export * from './event.ts';
export * from './source.ts';

export * from './event.ts';
export { type EventKind, eventKinds } from './kinds.ts';
export { sign } from './signature.ts';
export * from './source.ts';

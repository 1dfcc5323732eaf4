export type { RefusalReason } from './client-error.ts';
export { type HttpServerLimits, httpServerLimits } from './limits.ts';
export { type ListenOutcome, probePort } from './listen.ts';
export * from './message.ts';
export * from './origin-guard.ts';
export { findPortHolder, type PortHolder } from './port-holder.ts';
export * from './server.ts';

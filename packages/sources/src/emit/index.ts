export { createEmitter, type EmitterOptions } from './emitter.ts';
export { emitPolicy } from './limits.ts';
export { Outbox } from './outbox.ts';
export type { Emission, EmitOutcome, Emitter, UnsentOutcome } from './outcome.ts';

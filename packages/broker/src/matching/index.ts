/** Which triggers want an event. */
export { makeMatcher } from './make-matcher.ts';
export type { InvalidFilter, TriggerIndex, TriggerIndexEntry } from './matcher.ts';
export { buildTriggerIndex } from './trigger-index.ts';

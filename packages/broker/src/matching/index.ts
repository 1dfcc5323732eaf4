/** Which triggers want an event. */
export type { InvalidFilter, Matcher, TriggerIndex, TriggerIndexEntry } from './matcher.ts';
export { buildTriggerIndex } from './trigger-index.ts';

/** The dispatch engine's `MakeMatcher` port, on the trigger index. */
import type { MakeMatcher } from '@millrace/channel';
import { buildTriggerIndex } from './trigger-index.ts';

export const makeMatcher: MakeMatcher = (entries) =>
  buildTriggerIndex(entries.map(({ route, value }) => ({ filter: route.filter, value })));

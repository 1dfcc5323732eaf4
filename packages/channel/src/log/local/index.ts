/** The local log: LMDB in a data directory. */
export type { LocalLimits } from './limits.ts';
export { defaultLocalLimits } from './limits.ts';
export type { OpenErrorCode, OpenLocalOptions, OpenLocalOutcome } from './open.ts';
export { dataFormatVersion, openLocalStore } from './open.ts';
export * from './pid-file.ts';
export type { LocalCounters } from './store.ts';
export { LocalLogStore } from './store.ts';

export { systemNamespace } from '@millrace/api';
export { historyChangesMax } from './history.ts';
export { type OpenFailureCode, openLmdbPersistence } from './lmdb-persistence.ts';
export { hasStatus, LocalStore, type LocalStoreOptions } from './local-store.ts';
export * from './open.ts';
export { memoryPersistence, type Notes, type Persistence } from './persistence.ts';

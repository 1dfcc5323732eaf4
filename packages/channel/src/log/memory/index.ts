/** The log in memory. */
export { MemoryLog } from './memory-log.ts';
export { MemoryLogStore } from './memory-store.ts';
export type { MemoryFaults, MemoryOptions } from './options.ts';

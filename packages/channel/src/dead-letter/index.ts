/** The dead-letter store: its port, and the one in memory. The local one belongs to a `LocalLogStore`. */
export * from './dead-letter.ts';
export * from './limits.ts';
export { MemoryDeadLetters } from './memory.ts';

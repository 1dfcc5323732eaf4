/** The event log: its port and the logs that keep it. */
export { ByteReader, ByteWriter } from './bytes.ts';
export { readRecord, writeRecord } from './frame.ts';
export * from './jetstream/index.ts';
export * from './kafka/index.ts';
export * from './local/index.ts';
export * from './log.ts';
export * from './memory/index.ts';
export { defaultRetention } from './retention.ts';

/** NATS with JetStream behind a port of our own. The clients are loaded when `connectNats` is called, and not before. */
export { afterThisTurn, connectNats, hostsOf, type NatsConnected } from './connect.ts';
export { batchMessagesMax } from './limits.ts';
export * from './types.ts';

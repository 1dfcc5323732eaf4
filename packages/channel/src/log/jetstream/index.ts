/** Logs in NATS JetStream. The NATS clients are loaded when the first connection is made. */
export { createJetStreamLogAdmin, type JetStreamAdminOptions, type JetStreamLogAdmin } from './admin.ts';
export { defaultJetStreamLimits, type JetStreamLimits } from './limits.ts';
export { createJetStreamLogStore, type JetStreamStoreOptions } from './store.ts';

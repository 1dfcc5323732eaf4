/** The log on Apache Kafka. */

export { defaultKafkaLogLimits, type KafkaLogLimits } from './limits.ts';
export { createKafkaLogAdmin, type KafkaLogAdminOptions } from './log-admin.ts';
export { createKafkaStore, type KafkaStoreOptions } from './store.ts';

/** Real servers for tests. In test files `sharedKafka()` and its like do all that is needed, skipping included. */
export type { Installation } from './installation.ts';
export { type KafkaCluster, type KafkaOptions, type KafkaServer, startKafka, startKafkaCluster } from './kafka.ts';
export { type KafkaInstallation, kafkaServers } from './kafka-install.ts';
export { type NatsCluster, type NatsOptions, type NatsServer, startNats, startNatsCluster } from './nats.ts';
export { type NatsInstallation, natsServers } from './nats-install.ts';
export { type Shared, sharedKafka, sharedKafkaCluster, sharedNats, sharedNatsCluster } from './shared.ts';

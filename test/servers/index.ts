/** Real servers for tests. In test files `sharedKafka()` and its like do all that is needed, skipping included. */
export { type KafkaServer, startKafka } from './kafka.ts';
export { kafkaServers } from './kafka-install.ts';
export { type NatsCluster, type NatsServer, startNats } from './nats.ts';
export { natsServers } from './nats-install.ts';
export { sharedKafka, sharedKafkaCluster, sharedNats, sharedNatsCluster, sharedProxy } from './shared.ts';

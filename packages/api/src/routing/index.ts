export * from './backing.ts';
export { backingOfBroker, channelOfBroker, isLogTemplate, keptBrokerBacking } from './broker-backing.ts';
export * from './build.ts';
export { brokerClassesDefault, brokerIngressHost, classIngressHosts, runsHere } from './build-broker.ts';
export {
  type BackingContext,
  backingContext,
  type RouteContext,
  type RoutingOptions,
} from './build-context.ts';
export { kafkaSinkIngressHost, kafkaSinkPath } from './build-kafka-sink.ts';
export { kafkaSourceDelivery, kafkaSourceRouteUid } from './build-kafka-source.ts';
export { maxInFlightDefault, retentionBytesDefault, retentionMsDefault } from './build-subscription.ts';
export * from './channel-address.ts';
export * from './channel-backing.ts';
export * from './channel-reference.ts';
export * from './equal.ts';
export { backingOfKafkaSink, backingOfKafkaSource, makesTopic } from './kafka-object-backing.ts';
export * from './log-names.ts';
export * from './source-route.ts';
export * from './table.ts';

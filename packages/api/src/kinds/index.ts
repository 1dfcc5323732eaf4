/** Resource kinds: types, schema, defaults, rules, conditions. One folder a kind, all with the same files. */
export * from './annotations.ts';
export * from './broker/index.ts';
export * from './channel/index.ts';
export * from './conditions.ts';
export * from './config-map/index.ts';
export * from './cron-job-source/index.ts';
export * from './deployment/index.ts';
export * from './event-type/index.ts';
export * from './field-error.ts';
export * from './github-source/index.ts';
export * from './in-memory-channel/index.ts';
export * from './kafka-channel/index.ts';
export * from './kafka-sink/index.ts';
export * from './kafka-source/index.ts';
export * from './kind.ts';
export * from './knative-service/index.ts';
export * from './log-channel/index.ts';
export * from './namespace/index.ts';
export * from './nats-jet-stream-channel/index.ts';
export { nearestName } from './nearest.ts';
export * from './parallel/index.ts';
export * from './ping-source/index.ts';
export * from './registry.ts';
export type { JsonSchema } from './schema-check.ts';
export * from './secret/index.ts';
export * from './sequence/index.ts';
export * from './service/index.ts';
export * from './shared/api-version.ts';
export { channelMarks } from './shared/channel-conditions.ts';
export { type ChannelDefaults, type ChannelTemplate, shippedChannelDefaults } from './shared/channel-template.ts';
export {
  asyncHandlerAnnotation,
  type Channelable,
  type ChannelableSpec,
  type ChannelableStatus,
  type ChannelSubscriber,
  type ChannelSubscriberStatus,
  scopeAnnotation,
  subscribableAnnotation,
} from './shared/channelable.ts';
export {
  addressMarks,
  deadLetterSinkMarks,
  deploymentMarks,
  eventPolicyMarks,
  identityMarks,
  sinkMarks,
} from './shared/conditions.ts';
export type {
  ChannelStatusEntry,
  ChildReference,
  DrainingEntry,
  SubscriptionStatusEntry,
} from './shared/flow.ts';
export * from './shared/kafka-auth.ts';
export { kafkaMarks } from './shared/kafka-conditions.ts';
export { serversOf } from './shared/kafka-fields.ts';
export * from './shared/nats-auth.ts';
export { parseSchedule, type ScheduleResult } from './shared/schedule.ts';
export {
  type ConfigReading,
  type ReadObject,
  readingOf,
  systemNamespace,
  unreadable,
} from './shared/secret-reading.ts';
export type { CloudEventAttributes, CloudEventOverrides, SourceSpec, SourceStatus } from './shared/source.ts';
export * from './subscription/index.ts';
export * from './trigger/index.ts';

/** Resource kinds: types, schema, defaults, rules, conditions. One folder a kind, all with the same files. */
export * from './annotations.ts';
export * from './broker/index.ts';
export * from './conditions.ts';
export * from './config-map/index.ts';
export * from './cron-job-source/index.ts';
export * from './deployment/index.ts';
export * from './event-type/index.ts';
export * from './field-error.ts';
export * from './github-source/index.ts';
export * from './kind.ts';
export * from './knative-service/index.ts';
export * from './namespace/index.ts';
export { nearestName } from './nearest.ts';
export * from './ping-source/index.ts';
export * from './registry.ts';
export type { JsonSchema } from './schema-check.ts';
export * from './secret/index.ts';
export * from './service/index.ts';
export * from './shared/api-version.ts';
export {
  addressMarks,
  deadLetterSinkMarks,
  deploymentMarks,
  eventPolicyMarks,
  identityMarks,
  sinkMarks,
} from './shared/conditions.ts';
export { parseSchedule, type ScheduleResult } from './shared/schedule.ts';
export type { CloudEventAttributes, CloudEventOverrides, SourceSpec, SourceStatus } from './shared/source.ts';
export * from './trigger/index.ts';

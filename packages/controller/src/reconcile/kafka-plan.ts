/** What the plans of objects on Kafka share. Pure. Reasons: reference section 2.5. */
import { type ConditionMark, type ConfigReading, kafkaMarks, type LogAdminOutcome } from '@millrace/api';

/** Reason where a Secret or a ConfigMap is not there, or not as expected. */
const configFailed = 'Failed to get contract data';

export function configMark(reading: ConfigReading<unknown>): ConditionMark {
  if (reading.kind === 'ok') return kafkaMarks.configParsed();
  return kafkaMarks.configNotParsed(configFailed, reading.message);
}

/** @param log what the server says of the topic; undefined: it was not asked, and what is known stays. */
export function topicMark(topic: string, log: LogAdminOutcome | undefined): readonly ConditionMark[] {
  if (log === undefined) return [];
  if (log.kind === 'ready') return [kafkaMarks.topicReady(topic, log.warnings)];
  const mark = log.kind === 'refused' ? kafkaMarks.topicFailed : kafkaMarks.topicUnknown;
  return [mark(log.reason, log.message)];
}

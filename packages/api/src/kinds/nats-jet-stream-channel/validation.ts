/**
 * Rules of the NatsJetStreamChannel. Source: reference section 1.6.
 *
 * Refused besides, since acknowledged events would be lost: a stream that drops what no consumer of its own waits for
 * (`retention` other than Limits), and one that does not say when an event is stored (`noAck`).
 */
import { isTimestamp } from '../../event/index.ts';
import { type FieldError, type FieldPath, invalidValue, missingField } from '../field-error.ts';
import { validateChannelable } from '../shared/channelable.ts';
import { parseGoDuration } from '../shared/go-duration.ts';
import type { ConsumerTemplateSpec, NatsJetStreamChannel, StreamConfigSpec } from './types.ts';

const streamAt = ['spec', 'stream'];
const configAt = [...streamAt, 'config'];
const consumerAt = ['spec', 'consumerConfigTemplate'];

/** What the server takes as the name of a stream, and what this program can begin at. */
const streamName = /^[^\s.*>/\\]{1,255}$/;
const deliverPolicies: readonly unknown[] = ['All', 'New', 'ByStartTime'];

function validateDuration(value: string | undefined, at: FieldPath): FieldError[] {
  if (value === undefined || parseGoDuration(value) !== undefined) return [];
  return [invalidValue(value, at, 'expected a duration such as 72h, 1m30s or 500ms')];
}

function validateStream({ retention, noAck, maxAge, duplicateWindow }: StreamConfigSpec): FieldError[] {
  const errors = [
    ...validateDuration(maxAge, [...configAt, 'maxAge']),
    ...validateDuration(duplicateWindow, [...configAt, 'duplicateWindow']),
  ];
  if (retention !== undefined && retention !== 'Limits') {
    const why = 'expected Limits: another policy removes events before every Subscription has settled them';
    errors.push(invalidValue(retention, [...configAt, 'retention'], why));
  }
  if (noAck === true) {
    errors.push(invalidValue(noAck, [...configAt, 'noAck'], 'expected false: without it nobody knows what is stored'));
  }
  return errors;
}

function validateConsumer({ deliverPolicy, optStartTime, ackWait }: ConsumerTemplateSpec): FieldError[] {
  const errors = validateDuration(ackWait, [...consumerAt, 'ackWait']);
  if (deliverPolicy !== undefined && !deliverPolicies.includes(deliverPolicy)) {
    errors.push(invalidValue(deliverPolicy, [...consumerAt, 'deliverPolicy'], 'expected All, New or ByStartTime'));
  }
  const timeAt = [...consumerAt, 'optStartTime'];
  if (deliverPolicy === 'ByStartTime' && optStartTime === undefined) errors.push(missingField(timeAt));
  if (optStartTime !== undefined && !isTimestamp(optStartTime)) {
    errors.push(invalidValue(optStartTime, timeAt, 'expected a time such as 2026-01-31T09:30:00Z'));
  }
  return errors;
}

export function validateNatsJetStreamChannel(channel: NatsJetStreamChannel): FieldError[] {
  const { stream, consumerConfigTemplate } = channel.spec ?? {};
  const { overrideName = '', config } = stream ?? {};
  const errors = [
    ...validateChannelable(channel),
    ...validateStream(config ?? {}),
    ...validateConsumer(consumerConfigTemplate ?? {}),
  ];
  if (overrideName !== '' && !streamName.test(overrideName)) {
    const why = 'expected at most 255 characters without white space, ".", "*", ">", "/" and "\\"';
    errors.push(invalidValue(overrideName, [...streamAt, 'overrideName'], why));
  }
  return errors;
}

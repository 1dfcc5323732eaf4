/** `spec.stream.config` of a NatsJetStreamChannel in NATS' own names and units: durations are nanoseconds. */

import type { StreamConfigSpec, StreamSourceSpec } from '../kinds/nats-jet-stream-channel/types.ts';
import { parseGoDuration } from '../kinds/shared/go-duration.ts';

const nanosecondsPerMs = 1_000_000;

function nanoseconds(duration: string | undefined): number | undefined {
  const ms = duration === undefined ? undefined : parseGoDuration(duration);
  return ms === undefined ? undefined : Math.round(ms * nanosecondsPerMs);
}

function lowerCase(word: string | undefined): string | undefined {
  return word?.toLowerCase();
}

/** Members that are there. */
function present(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function sourceOf({ name, optStartSeq, optStartTime, filterSubject }: StreamSourceSpec): unknown {
  return present({ name, opt_start_seq: optStartSeq, opt_start_time: optStartTime, filter_subject: filterSubject });
}

/** `subject`: that of the channel itself, which the stream takes before any other. */
export function streamConfigOf(config: StreamConfigSpec, subject: string): Readonly<Record<string, unknown>> {
  const { additionalSubjects = [], mirror, sources } = config;
  return present({
    subjects: additionalSubjects.length === 0 ? undefined : [subject, ...additionalSubjects],
    discard: lowerCase(config.discard),
    storage: lowerCase(config.storage),
    max_age: nanoseconds(config.maxAge),
    max_bytes: config.maxBytes,
    max_consumers: config.maxConsumers,
    max_msg_size: config.maxMsgSize,
    max_msgs: config.maxMsgs,
    duplicate_window: nanoseconds(config.duplicateWindow),
    placement: config.placement,
    mirror: mirror === undefined ? undefined : sourceOf(mirror),
    sources: sources?.map(sourceOf),
  });
}

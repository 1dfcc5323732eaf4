/** The stream that a backing asks for. */
import type { JetStreamBacking, NatsCluster } from '@millrace/api';
import type { NatsServerFacts } from '@millrace/runtime';
import type { Retention } from '../log.ts';
import { duplicateWindowMs } from './limits.ts';

/** NATS counts durations in nanoseconds. */
export const nanosPerMs = 1_000_000;

/** Versions from which on the server has what is used where it is there. */
export const atomicFrom = [2, 12] as const;
export const batchedReadsFrom = [2, 11] as const;

/** In NATS' own names. What a manifest sets wins, also over retention: then the server removes what it says. */
export function streamConfig(
  backing: JetStreamBacking,
  server: NatsServerFacts,
  retention: Pick<Retention, 'bytes'> | undefined,
): Readonly<Record<string, unknown>> {
  const { subjects, ...set } = backing.streamConfig;
  const maxAge = Number(set['max_age'] ?? 0);
  const window = duplicateWindowMs * nanosPerMs;
  const more = Array.isArray(subjects) ? subjects.filter((subject) => subject !== backing.subject) : [];
  return {
    retention: 'limits',
    storage: 'file',
    discard: 'new',
    duplicate_window: maxAge > 0 ? Math.min(window, maxAge) : window,
    allow_direct: true,
    ...(server.atLeast(...atomicFrom) ? { allow_atomic: true } : {}),
    ...(retention === undefined ? {} : { max_bytes: retention.bytes }),
    ...set,
    name: backing.stream,
    subjects: [backing.subject, ...more],
    num_replicas: backing.replicas,
  };
}

/** Members of `wanted` that are another thing in `has`. Absent ones in `wanted` stay as they are. */
export function differences(
  has: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): readonly string[] {
  return Object.keys(wanted).filter(
    (name) => JSON.stringify(has[name] ?? emptyOf(wanted[name])) !== JSON.stringify(wanted[name]),
  );
}

/** The server leaves out what is false or zero. */
function emptyOf(value: unknown): unknown {
  if (typeof value === 'boolean') return false;
  return typeof value === 'number' ? 0 : undefined;
}

/** Where a log lives whose route says nothing: a stream of its own in the installation's cluster. */
export function defaultBacking(name: string, cluster: NatsCluster): JetStreamBacking {
  const part = name.replace(/[^A-Za-z0-9_-]/g, (char) => `_${char.charCodeAt(0).toString(16)}_`);
  return {
    kind: 'jetstream',
    cluster,
    stream: `MILLRACE_${part}`,
    subject: `millrace.${part}.events`,
    owned: true,
    replicas: 1,
    streamConfig: {},
  };
}

/** Channels and Subscriptions for tests, and servers of logs that do as they are told. */
import type { LogAdmin, LogAdminOutcome, LogBacking, Resource } from '@millrace/api';

const versions: Readonly<Record<string, string>> = {
  LogChannel: 'messaging.millrace.dev/v1alpha1',
  KafkaChannel: 'messaging.knative.dev/v1beta1',
  NatsJetStreamChannel: 'messaging.knative.dev/v1alpha1',
};

export function messagingVersion(kind: string): string {
  return versions[kind] ?? 'messaging.knative.dev/v1';
}

type Fields = Readonly<Record<string, unknown>>;

export function channel(
  kind: string,
  name: string,
  spec: Fields = {},
  metadata: Partial<Resource['metadata']> = {},
): Resource {
  return { apiVersion: messagingVersion(kind), kind, metadata: { name, namespace: 'default', ...metadata }, spec };
}

export function subscription(
  name: string,
  of: readonly [kind: string, name: string],
  spec: Fields = {},
  metadata: Partial<Resource['metadata']> = {},
): Resource {
  const [kind, channelName] = of;
  return {
    apiVersion: messagingVersion('Subscription'),
    kind: 'Subscription',
    metadata: { name, namespace: 'default', ...metadata },
    spec: {
      channel: { apiVersion: messagingVersion(kind), kind, name: channelName },
      subscriber: { uri: 'http://localhost:3000/' },
      ...spec,
    },
  };
}

/** A server of logs in memory: what is on it, what was asked of it, and what it answers. */
export class LogServer implements LogAdmin {
  readonly logs = new Set<string>();
  readonly asked: string[] = [];
  /** Answers instead of the server's own, while it is there. */
  answer: LogAdminOutcome | undefined;

  async ensure(backing: LogBacking): Promise<LogAdminOutcome> {
    const name = nameOf(backing);
    this.asked.push(`ensure ${name}`);
    if (this.answer !== undefined) return this.answer;
    const made = !this.logs.has(name);
    this.logs.add(name);
    return { kind: 'ready', made, warnings: [] };
  }

  async remove(backing: LogBacking): Promise<LogAdminOutcome> {
    const name = nameOf(backing);
    this.asked.push(`remove ${name}`);
    if (this.answer !== undefined) return this.answer;
    this.logs.delete(name);
    return { kind: 'ready', made: false, warnings: [] };
  }
}

function nameOf(backing: LogBacking): string {
  if (backing.kind === 'kafka') return backing.topic;
  return backing.kind === 'jetstream' ? backing.stream : backing.kind;
}

/**
 * Streams as the control plane deals with them: made, checked against the live servers, and removed where they are ours.
 *
 * What can be seen: the server's version, whether JetStream is on, whether the replicas asked for are possible and there.
 * What cannot: how often a server flushes to disk. A client is not told its `sync_interval`, whose default is two minutes; a
 * stream with one replica is therefore warned of, always.
 */
import type { JetStreamBacking, LogAdmin, LogAdminOutcome, LogBacking } from '@millrace/api';
import {
  type Clock,
  connectNats,
  hostsOf,
  type NatsAnswer,
  type NatsClient,
  type NatsConnected,
  type NatsServerFacts,
  type NatsStreamFacts,
  natsCodes,
  type Random,
} from '@millrace/runtime';
import { atomicFrom, batchedReadsFrom, differences, nanosPerMs, streamConfig } from './config.ts';
import { defaultJetStreamLimits } from './limits.ts';

export interface JetStreamAdminOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly connect?: (cluster: JetStreamBacking['cluster']) => Promise<NatsConnected>;
}

export interface JetStreamLogAdmin extends LogAdmin {
  close(): Promise<void>;
}

export function createJetStreamLogAdmin(options: JetStreamAdminOptions): JetStreamLogAdmin {
  return new Admin(options);
}

type Refused = LogAdminOutcome & { readonly kind: 'refused' | 'unreachable' };

class Admin implements JetStreamLogAdmin {
  readonly #options: JetStreamAdminOptions;
  readonly #clients = new Map<string, Promise<NatsConnected>>();

  constructor(options: JetStreamAdminOptions) {
    this.#options = options;
  }

  async ensure(backing: LogBacking): Promise<LogAdminOutcome> {
    if (backing.kind !== 'jetstream') return wrongKind(backing);
    const client = await this.#client(backing);
    if ('kind' in client) return client;
    const found = await client.stream(backing.stream);
    if (found.kind !== 'ok') return outcomeOf(found, backing);
    if (found.value === undefined && !backing.owned) {
      return refused('StreamNotFound', `stream ${backing.stream} is not there: create it, or name another one`);
    }
    if (!backing.owned) return this.#checked(client.server, backing, found.value as NatsStreamFacts, false);
    const wanted = streamConfig(backing, client.server, undefined);
    if (found.value === undefined) {
      const made = await client.createStream(wanted);
      return made.kind === 'ok' ? this.#checked(client.server, backing, made.value, true) : outcomeOf(made, backing);
    }
    if (differences(found.value.config, wanted).length === 0) {
      return this.#checked(client.server, backing, found.value, false);
    }
    const updated = await client.updateStream({ ...found.value.config, ...wanted });
    return updated.kind === 'ok'
      ? this.#checked(client.server, backing, updated.value, false)
      : outcomeOf(updated, backing);
  }

  async remove(backing: LogBacking): Promise<LogAdminOutcome> {
    if (backing.kind !== 'jetstream') return wrongKind(backing);
    if (!backing.owned) return { kind: 'ready', made: false, warnings: [] };
    const client = await this.#client(backing);
    if ('kind' in client) return client;
    const removed = await client.deleteStream(backing.stream);
    return removed.kind === 'ok' ? { kind: 'ready', made: false, warnings: [] } : outcomeOf(removed, backing);
  }

  async close(): Promise<void> {
    const clients = await Promise.all(this.#clients.values());
    this.#clients.clear();
    await Promise.all(clients.map((one) => (one.kind === 'connected' ? one.client.close() : undefined)));
  }

  #checked(server: NatsServerFacts, backing: JetStreamBacking, facts: NatsStreamFacts, made: boolean): LogAdminOutcome {
    const { config } = facts;
    const subjects = Array.isArray(config['subjects']) ? (config['subjects'] as readonly string[]) : [];
    if (!subjects.some((subject) => covers(subject, backing.subject))) {
      const message = `stream ${backing.stream} does not take subject ${backing.subject}: it takes ${subjects.join(', ')}`;
      return refused('SubjectNotInStream', message);
    }
    return { kind: 'ready', made, warnings: warningsOf(server, backing, facts) };
  }

  async #client(backing: JetStreamBacking): Promise<NatsClient | Refused> {
    const key = JSON.stringify(backing.cluster);
    let connecting = this.#clients.get(key);
    if (!connecting) {
      connecting = this.#options.connect?.(backing.cluster) ?? connectNats(backing.cluster, this.#options);
      this.#clients.set(key, connecting);
    }
    const connected = await connecting;
    if (connected.kind === 'failed') {
      if (this.#clients.get(key) === connecting) this.#clients.delete(key);
      const message = `${connected.reason}. Start it (nats-server -js), or correct its address`;
      return { kind: 'unreachable', reason: 'NatsUnreachable', message };
    }
    if (!connected.client.server.jetStream) {
      const where = hostsOf(backing.cluster);
      return refused('JetStreamDisabled', `the NATS server at ${where} has JetStream switched off: start it with -js`);
    }
    return connected.client;
  }
}

function refused(reason: string, message: string): Refused {
  return { kind: 'refused', reason, message };
}

function wrongKind(backing: LogBacking): Refused {
  return refused('NotJetStream', `a log in ${backing.kind} is not for JetStream`);
}

function outcomeOf(answer: NatsAnswer<unknown> & { readonly reason: string }, backing: JetStreamBacking): Refused {
  const { stream, replicas, cluster } = backing;
  if (answer.kind === 'unreachable') {
    const message = `the NATS server at ${hostsOf(cluster)} does not answer: ${answer.reason}`;
    return { kind: 'unreachable', reason: 'NatsUnreachable', message };
  }
  const code = answer.kind === 'refused' ? answer.code : 0;
  if (code === natsCodes.replicasNotSupported || code === natsCodes.noSuitablePeers) {
    const message = `stream ${stream} cannot have ${replicas} replicas here (${answer.reason}): ask for fewer, or run a cluster of at least as many servers`;
    return refused('ReplicasNotPossible', message);
  }
  if (code === natsCodes.jetStreamOff || code === natsCodes.jetStreamOffForAccount) {
    return refused('JetStreamDisabled', `JetStream is switched off for this server or account: ${answer.reason}`);
  }
  return refused('StreamRefused', `the server refused stream ${stream}: ${answer.reason}`);
}

function warningsOf(server: NatsServerFacts, backing: JetStreamBacking, facts: NatsStreamFacts): readonly string[] {
  const { stream } = backing;
  const replicas = Number(facts.config['num_replicas'] ?? 1);
  const warnings: string[] = [];
  if (replicas <= 1) {
    warnings.push(
      `stream ${stream} has one replica, and whether its server flushes each message to disk cannot be seen: set sync_interval: always there, or a power cut can take acknowledged events of the last two minutes; or use 3 replicas`,
    );
  }
  if (replicas < backing.replicas)
    warnings.push(`stream ${stream} has ${replicas} replicas, ${backing.replicas} were asked for`);
  if (facts.liveReplicas < replicas) {
    warnings.push(`stream ${stream} has ${facts.liveReplicas} of ${replicas} replicas running`);
  }
  if (facts.config['storage'] === 'memory')
    warnings.push(`stream ${stream} is kept in memory: a restart of its servers takes its events`);
  if (!server.atLeast(...atomicFrom)) {
    warnings.push(
      `NATS ${server.version} has no atomic batch publish (2.12): the events of one request are acknowledged together, but may be stored in part`,
    );
  } else if (facts.config['allow_atomic'] !== true) {
    warnings.push(`stream ${stream} does not allow atomic batches (allow_atomic): each event costs a flush of its own`);
  }
  if (!server.atLeast(...batchedReadsFrom) || facts.config['allow_direct'] !== true) {
    warnings.push(
      `stream ${stream} has no batched reads (NATS 2.11 and allow_direct): a backlog is read event by event`,
    );
  }
  const window = Number(facts.config['duplicate_window'] ?? 0);
  if (window > 0 && window < defaultJetStreamLimits.publishMs * nanosPerMs) {
    warnings.push(
      `stream ${stream} recognises duplicates for less than ${defaultJetStreamLimits.publishMs} ms (duplicate_window): an event whose acknowledgement was lost may be stored twice`,
    );
  }
  if (facts.config['discard'] !== 'new' || Number(facts.config['max_age'] ?? 0) > 0) {
    warnings.push(
      `stream ${stream} drops its oldest events by itself (discard: old, or max_age), also such as a subscription has not had`,
    );
  }
  return warnings;
}

/** Whether a stream's subject, which may have wildcards, takes this one. */
function covers(pattern: string, subject: string): boolean {
  const parts = pattern.split('.');
  const tokens = subject.split('.');
  for (const [at, part] of parts.entries()) {
    if (part === '>') return tokens.length > at;
    if (tokens[at] === undefined || (part !== '*' && part !== tokens[at])) return false;
  }
  return parts.length === tokens.length;
}

/**
 * Where the events of a log live, said completely: whoever opens the log needs nothing else.
 *
 * Names of topics, streams and consumers are those of the reference (sections 10 and 11), worked out by the control plane.
 * Secrets are in here by value: a backing is never printed or logged as a whole.
 */

/** In the memory of the process: gone with it. */
export interface MemoryBacking {
  readonly kind: 'memory';
}

/** In the data directory of the process. */
export interface LocalBacking {
  readonly kind: 'local';
}

/** How to come in at a Kafka cluster. Absent members are not used. */
export interface KafkaSecurity {
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly user: string;
    readonly password: string;
  };
  /** TLS is used when this is there, even when it is empty (the system's own certificates). PEM texts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** A Kafka cluster. */
export interface KafkaCluster {
  /** `host:port`, at least one. */
  readonly servers: readonly string[];
  readonly security?: KafkaSecurity;
}

/** How records become events, and events records (CloudEvents Kafka binding 1.0). */
export type KafkaRecords =
  /** Every record is an event; events are written in `contentMode`. */
  | { readonly kind: 'events'; readonly contentMode: 'binary' | 'structured' }
  /** Records of others (reference section 6.9): events pass as they are, everything else is wrapped. */
  | {
      readonly kind: 'source';
      readonly namespace: string;
      readonly name: string;
      readonly keyType: 'string' | 'int' | 'float' | 'byte-array';
    };

/** One topic. */
export interface KafkaBacking {
  readonly kind: 'kafka';
  readonly cluster: KafkaCluster;
  readonly topic: string;
  /** True when we make the topic and remove it with its log; an external one is left as it is. */
  readonly owned: boolean;
  /** For a topic that we make. `replicationFactor` −1: nobody asked for a number, and it is min(3, live brokers). */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly topicConfig: Readonly<Record<string, string>>;
  /** Group by which processes share the partitions, and which holds the shared reader's position. */
  readonly group: string;
  readonly records: KafkaRecords;
}

/** A NATS server or cluster. */
export interface NatsCluster {
  /** `nats://host:port` or `tls://host:port`, at least one. */
  readonly servers: readonly string[];
  /** Contents of a credentials file. */
  readonly credentials?: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** One stream. */
export interface JetStreamBacking {
  readonly kind: 'jetstream';
  readonly cluster: NatsCluster;
  readonly stream: string;
  /** Subject that events are published to. */
  readonly subject: string;
  readonly owned: boolean;
  readonly replicas: number;
  /** Members of the stream's configuration that a manifest sets (`spec.stream.config`), in NATS' own names and units. */
  readonly streamConfig: Readonly<Record<string, unknown>>;
}

export type LogBacking = MemoryBacking | LocalBacking | KafkaBacking | JetStreamBacking;

/** What `--log` names: where logs live whose objects do not say otherwise. */
export type InstallationLog =
  | MemoryBacking
  | LocalBacking
  | { readonly kind: 'kafka'; readonly cluster: KafkaCluster }
  | { readonly kind: 'jetstream'; readonly cluster: NatsCluster };

/** What a server says of a log. `reason` is a condition's reason; `message` says what is wrong and what to do. */
export type LogAdminOutcome =
  /** `warnings`: what cannot be seen to be safe, each a sentence. */
  | { readonly kind: 'ready'; readonly made: boolean; readonly warnings: readonly string[] }
  /** It serves, but not as durably as was asked for, or it cannot be made like that: a person has to decide. */
  | { readonly kind: 'refused'; readonly reason: string; readonly message: string }
  /** The server does not answer: try again. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly message: string };

/** Topics and streams as the control plane deals with them. Never rejects. */
export interface LogAdmin {
  /** Makes what `backing` names if it is owned and absent, and checks what is there against the live servers. */
  ensure(backing: LogBacking): Promise<LogAdminOutcome>;
  /** Removes it if it is owned; one that is not there is removed already. */
  remove(backing: LogBacking): Promise<LogAdminOutcome>;
}

/**
 * Cursors as committed offsets: each cursor is a consumer group without members, and the shared reader's position is the offset
 * of the group by which processes share the topic.
 *
 * U1. Commits are made one after the other; within one, cursors become durable before the shared position does (L4).
 * U2. Nothing is committed for a partition that is not served here, or after the session may have run out.
 * U3. What was committed is committed again now and then: Kafka forgets offsets of groups without members.
 */
import type { KafkaClient, Membership, OffsetToCommit } from '@millrace/runtime';
import type { CommitOutcome, CursorCommit, CursorState, StoredCursors } from '../log.ts';
import { decodeCursor, encodeCursor } from './cursor-text.ts';

export interface CursorPorts {
  readonly client: KafkaClient;
  readonly topic: string;
  /** Group of the shared position. */
  readonly group: string;
  readonly metadataBytes: number;
  /** The part this process has in sharing, while it takes part. */
  membership(): Membership | undefined;
  partitions(): readonly number[];
  allPartitions(): readonly number[];
}

const committed: CommitOutcome = { kind: 'committed' };

export class Cursors {
  readonly #ports: CursorPorts;
  #last: Promise<unknown> = Promise.resolve();
  /** What is durable, by group and partition (U3). */
  readonly #stored = new Map<string, Map<number, OffsetToCommit>>();

  constructor(ports: CursorPorts) {
    this.#ports = ports;
  }

  /** Throws when the cluster does not tell. */
  async load(names: readonly string[]): Promise<StoredCursors> {
    const { client, topic, group } = this.#ports;
    const partitions = this.#ports.partitions();
    const unique = [...new Set([...names, group])];
    const outcome = await client.fetchOffsets(unique, topic, partitions);
    if (outcome.kind === 'failed') throw new Error(`cursors cannot be loaded: ${outcome.reason}`);
    const cursors: CursorState[] = [];
    const readUpTo = [];
    for (const { group: name, partition, offset, metadata } of outcome.value) {
      if (name === group) readUpTo.push({ partition, offset });
      else {
        cursors.push(decodeCursor(name, partition, offset, metadata));
        this.#remember(name, { partition, offset, metadata });
      }
    }
    return { cursors, readUpTo };
  }

  /** `change` is not looked at again by the caller. */
  commit(change: CursorCommit): Promise<CommitOutcome> {
    const done = this.#last.then(() => this.#commit(change));
    this.#last = done;
    return done;
  }

  /** Resolves when no commit is under way. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** U3 */
  refresh(): Promise<CommitOutcome> {
    const done = this.#last.then(async (): Promise<CommitOutcome> => {
      const served = new Set(this.#ports.partitions());
      for (const [name, offsets] of this.#stored) {
        const ours = [...offsets.values()].filter(({ partition }) => served.has(partition));
        if (ours.length === 0) continue;
        const refused = this.#refused(ours.map(({ partition }) => partition));
        if (refused !== undefined) return refused;
        const outcome = await this.#ports.client.commitOffsets(name, this.#ports.topic, ours);
        if (outcome.kind === 'failed') return { kind: 'failed', reason: outcome.reason };
      }
      return committed;
    });
    this.#last = done;
    return done;
  }

  /** All groups that this log is known to have. */
  names(): readonly string[] {
    return [...this.#stored.keys()];
  }

  async #commit({ put, remove, readUpTo }: CursorCommit): Promise<CommitOutcome> {
    const partitions = [...put, ...readUpTo].map(({ partition }) => partition);
    const refused = this.#refused(partitions);
    if (refused !== undefined) return refused;
    const removed = await this.#all(remove, (name) => this.#remove(name));
    if (removed !== undefined) return removed;
    const byName = Map.groupBy(put, ({ name }) => name);
    const failed = await this.#all([...byName], ([name, states]) => this.#put(name, states));
    if (failed !== undefined) return failed;
    return readUpTo.length === 0 ? committed : this.#commitPosition(readUpTo);
  }

  /** U2 */
  #refused(partitions: readonly number[]): CommitOutcome | undefined {
    const membership = this.#ports.membership();
    if (membership !== undefined && !membership.alive) {
      return { kind: 'failed', reason: 'the session of this process ran out: its partitions are served elsewhere' };
    }
    const served = this.#ports.partitions();
    const other = partitions.find((partition) => !served.includes(partition));
    if (other === undefined) return undefined;
    return { kind: 'failed', reason: `partition ${other} is not served by this process` };
  }

  async #all<T>(
    items: readonly T[],
    action: (item: T) => Promise<CommitOutcome>,
  ): Promise<(CommitOutcome & { kind: 'failed' }) | undefined> {
    const outcomes = await Promise.all(items.map(action));
    return outcomes.find((outcome) => outcome.kind === 'failed');
  }

  async #put(name: string, states: readonly CursorState[]): Promise<CommitOutcome> {
    const { client, topic, metadataBytes } = this.#ports;
    const offsets = states.map((state) => ({ partition: state.partition, ...encodeCursor(state, metadataBytes) }));
    const outcome = await client.commitOffsets(name, topic, offsets);
    if (outcome.kind === 'failed') return { kind: 'failed', reason: outcome.reason };
    for (const offset of offsets) this.#remember(name, offset);
    return committed;
  }

  async #remove(name: string): Promise<CommitOutcome> {
    const { client, topic } = this.#ports;
    const outcome = await client.deleteOffsets(name, topic, this.#ports.allPartitions());
    if (outcome.kind === 'failed') return { kind: 'failed', reason: outcome.reason };
    this.#stored.delete(name);
    return committed;
  }

  async #commitPosition(readUpTo: CursorCommit['readUpTo']): Promise<CommitOutcome> {
    const { client, topic, group } = this.#ports;
    const offsets = readUpTo.map(({ partition, offset }) => ({ partition, offset, metadata: '' }));
    const membership = this.#ports.membership();
    const outcome = await (membership?.commit(offsets) ?? client.commitOffsets(group, topic, offsets));
    return outcome.kind === 'failed' ? { kind: 'failed', reason: outcome.reason } : committed;
  }

  #remember(name: string, offset: OffsetToCommit): void {
    const known = this.#stored.get(name) ?? new Map<number, OffsetToCommit>();
    known.set(offset.partition, offset);
    this.#stored.set(name, known);
  }
}

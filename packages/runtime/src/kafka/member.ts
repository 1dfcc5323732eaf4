/**
 * One process's part in a group that shares the partitions of a topic.
 *
 * Neither library holds K4 here: `kafkajs` 2.2.4 joins again at once when the group shares anew, with no moment to drain, and
 * `@platformatic/kafka` 2.12.1 delivered from partitions it no longer had (12 to 38 messages a run) and does not settle
 * with cooperative sharing. So the four requests of the protocol are used as they are.
 *
 * B1. Whatever is in `#owned` is claimed at every join; it leaves `#owned` only after `revoked` resolved, or as lost.
 * B2. The session is counted from when a heartbeat was sent that the broker took: it cannot end there before it does here.
 * B3. Heartbeats go on while it joins, on another connection, so that B2 holds there too.
 * B4. Joins have a connection of their own while they last (K5).
 * B5. The coordinator names a member in its first answer, and from then on the group waits for it: who leaves before that
 *     answer waits for it, and takes the name back (K6). Who lost its partitions joins again by its name, as long as the
 *     coordinator knows it: under a new one it would wait for its former self.
 */
import { heartbeatV4, joinGroupV7, leaveGroupV4, syncGroupV5 } from '@platformatic/kafka';
import type { Timer } from '../ports/index.ts';
import type { Cluster, JoinLane } from './cluster.ts';
import { asKafkaError, failure, isPassing, KafkaError } from './errors.ts';
import { commitOffsets } from './group-offsets.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  shareOut,
  sharingProtocol,
} from './group-protocol.ts';
import { retryDelayMs } from './limits.ts';
import type { KafkaOutcome, MemberListener, Membership, OffsetToCommit } from './port.ts';

const protocolType = 'consumer';
/** The broker does not know this member (any more). */
const unknown = new Set(['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID']);
/** The group is between two rounds: what was asked is asked again as the member of the next one. */
const between = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION']);

type JoinGroupResponse = ReturnType<typeof joinGroupV7.parseResponse>;

export class Member implements Membership {
  readonly #cluster: Cluster;
  readonly #group: string;
  readonly #topic: string;
  readonly #listener: MemberListener;
  #memberId = '';
  #generation = -1;
  #owned: readonly number[] = [];
  #target: readonly number[] = [];
  #aliveUntilMs = 0;
  #joining = false;
  /** It has to join again as soon as the join under way has ended. */
  #again = false;
  #stopping = false;
  #left = false;
  #working: Promise<void> | undefined;
  readonly #running: Promise<void>;
  #wake: () => void = () => {};
  #timer: Timer | undefined;

  constructor(cluster: Cluster, group: string, topic: string, listener: MemberListener) {
    this.#cluster = cluster;
    this.#group = group;
    this.#topic = topic;
    this.#listener = listener;
    this.#tick();
    this.#running = this.#run();
  }

  get partitions(): readonly number[] {
    return this.#owned;
  }

  get alive(): boolean {
    const { clock, limits } = this.#cluster;
    return this.#owned.length === 0 || clock.monotonic() < this.#aliveUntilMs - limits.sessionMarginMs;
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<KafkaOutcome<void>> {
    const { clock, limits } = this.#cluster;
    const untilMs = clock.monotonic() + limits.retryMs;
    for (let tries = 1; ; tries += 1) {
      if (!this.alive) return failure(new KafkaError('UNKNOWN_MEMBER_ID', 'the session of this process ran out'));
      const member = { generation: this.#generation, memberId: this.#memberId };
      try {
        await commitOffsets(this.#cluster, this.#group, this.#topic, offsets, member);
        return { kind: 'ok', value: undefined };
      } catch (thrown) {
        const error = asKafkaError(thrown, `storing the offsets of group ${this.#group}`);
        const delayMs = retryDelayMs(tries);
        if (!between.has(error.code) || clock.monotonic() + delayMs > untilMs) return failure(error);
        await this.#cluster.wait(delayMs);
      }
    }
  }

  async leave(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#target = [];
    await this.#work();
    this.#left = true;
    this.#timer?.cancel();
    this.#wake();
    await this.#takeNameBack();
    await Promise.race([this.#running, this.#cluster.wait(this.#cluster.limits.retryMs)]);
  }

  async #takeNameBack(): Promise<void> {
    const memberId = this.#memberId;
    if (memberId === '' || this.#cluster.closed) return;
    this.#memberId = '';
    try {
      const members = [{ memberId, groupInstanceId: null, reason: 'the log is closed, or the process ends' }];
      await this.#cluster.toCoordinator('requests', this.#group, leaveGroupV4.api, this.#group, members);
    } catch {
      // The session runs out by itself.
    }
  }

  async #run(): Promise<void> {
    const lane = this.#cluster.joinLane();
    for (let tries = 1; !this.#left && !this.#cluster.closed; ) {
      try {
        this.#joining = true;
        this.#again = false;
        await this.#join(lane).finally(() => this.#cluster.release(lane)); // B4
        this.#joining = false;
        tries = 1;
        void this.#work();
        await this.#called();
      } catch (thrown) {
        this.#joining = false;
        const error = asKafkaError(thrown, `sharing ${this.#topic} in group ${this.#group}`);
        this.#refused(error, tries);
        tries += 1;
        if (!this.#left) await this.#cluster.wait(retryDelayMs(tries));
      }
    }
    await this.#takeNameBack(); // B5
  }

  /** Waits until it has to join again. */
  #called(): Promise<void> {
    if (this.#again || this.#left) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #joinAgain(): void {
    this.#again = true;
    this.#wake();
  }

  /** What an error of a join or of a heartbeat means for what is owned. */
  #refused(error: KafkaError, tries: number): void {
    if (unknown.has(error.code)) this.#putOut();
    else if (!between.has(error.code) && !isPassing(error.code) && tries === 1) {
      this.#cluster.logger.warn('partitions cannot be shared', { group: this.#group, reason: error.message });
    }
  }

  async #join(lane: JoinLane): Promise<void> {
    const { sessionMs, rebalanceMs } = this.#cluster.limits;
    const metadata = encodeSubscription(this.#topic, this.#owned, this.#generation);
    const protocols = [{ name: sharingProtocol, metadata }];
    const join = () =>
      this.#cluster.toCoordinator(
        ...([lane, this.#group, joinGroupV7.api, this.#group, sessionMs, rebalanceMs, this.#memberId] as const),
        null,
        protocolType,
        protocols,
      );
    let joined: JoinGroupResponse;
    try {
      joined = await join();
    } catch (thrown) {
      const { response } = thrown as { readonly response?: JoinGroupResponse };
      const named = asKafkaError(thrown, 'joining').code === 'MEMBER_ID_REQUIRED' && response?.memberId;
      if (!named) throw thrown;
      this.#memberId = named;
      if (this.#left) throw thrown;
      joined = await join();
    }
    this.#memberId = joined.memberId;
    const assignments = joined.leader === joined.memberId ? await this.#share(joined) : [];
    const sentMs = this.#cluster.clock.monotonic();
    const synced = await this.#cluster.toCoordinator(
      ...([lane, this.#group, syncGroupV5.api, this.#group, joined.generationId, joined.memberId, null] as const),
      protocolType,
      sharingProtocol,
      assignments,
    );
    this.#generation = joined.generationId;
    this.#aliveUntilMs = sentMs + sessionMs;
    if (!this.#stopping) this.#target = decodeAssignment(synced.assignment);
  }

  /** The leader of the round says who gets what. */
  async #share(joined: JoinGroupResponse) {
    const partitions = await this.#cluster.retrying(`topic ${this.#topic}`, () => this.#cluster.refresh(this.#topic));
    const claims = joined.members.map(({ memberId, metadata }) => decodeSubscription(memberId, metadata));
    const shares = shareOut(claims, partitions.length);
    return [...shares].map(([memberId, share]) => ({ memberId, assignment: encodeAssignment(this.#topic, share) }));
  }

  #tick(): void {
    if (this.#left || this.#cluster.closed) return;
    const { clock, limits } = this.#cluster;
    if (!this.alive) {
      this.#lose('no heartbeat was answered within the session');
      if (!this.#joining) this.#joinAgain();
    }
    if (this.#generation >= 0) void this.#heartbeat();
    this.#timer = clock.setTimer(limits.heartbeatMs, () => this.#tick());
  }

  async #heartbeat(): Promise<void> {
    const sentMs = this.#cluster.clock.monotonic();
    const generation = this.#generation;
    const alive = () => {
      this.#aliveUntilMs = Math.max(this.#aliveUntilMs, sentMs + this.#cluster.limits.sessionMs); // B2
    };
    try {
      const { api } = heartbeatV4;
      await this.#cluster.toCoordinator('requests', this.#group, api, this.#group, generation, this.#memberId, null);
      if (this.#generation === generation) alive();
    } catch (thrown) {
      const error = asKafkaError(thrown, `group ${this.#group}`);
      if (this.#generation !== generation || this.#left) return;
      if (error.code === 'REBALANCE_IN_PROGRESS') {
        alive(); // it is known, and has to join again
        if (!this.#joining) this.#joinAgain();
      } else if (!this.#joining && (unknown.has(error.code) || between.has(error.code))) {
        if (unknown.has(error.code)) this.#putOut();
        else this.#lose('the group went on without this process');
        this.#joinAgain();
      }
    }
  }

  #putOut(): void {
    this.#memberId = '';
    this.#lose('this process was put out of the group');
  }

  /** B5: the name stays. */
  #lose(reason: string): void {
    const gone = this.#owned;
    this.#owned = [];
    this.#target = [];
    this.#generation = -1;
    if (gone.length === 0) return;
    this.#cluster.logger.warn('partitions are lost', { group: this.#group, partitions: gone, reason });
    this.#listener.lost(gone);
  }

  /** Brings what is owned to what was assigned, one call of the listener at a time. */
  #work(): Promise<void> {
    this.#working ??= this.#reconcile().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async #reconcile(): Promise<void> {
    for (let tries = 1; ; ) {
      const gone = this.#owned.filter((partition) => !this.#target.includes(partition));
      const fresh = this.#target.filter((partition) => !this.#owned.includes(partition));
      if (gone.length === 0 && fresh.length === 0) return;
      try {
        if (gone.length > 0) await this.#giveUp(gone);
        else {
          this.#owned = [...this.#owned, ...fresh].sort((a, b) => a - b);
          await this.#listener.assigned(fresh);
        }
        tries = 1;
      } catch (error) {
        this.#cluster.logger.error('partitions cannot be served', { group: this.#group, partitions: fresh, error });
        this.#owned = this.#owned.filter((partition) => !fresh.includes(partition));
        await this.#cluster.wait(retryDelayMs(tries));
        tries += 1;
      }
    }
  }

  /** B1 */
  async #giveUp(gone: readonly number[]): Promise<void> {
    try {
      await this.#listener.revoked(gone);
    } catch (error) {
      this.#cluster.logger.error('giving partitions up failed', { group: this.#group, partitions: gone, error });
    }
    this.#owned = this.#owned.filter((partition) => !gone.includes(partition));
    if (!this.#stopping) this.#joinAgain(); // The others may have them: the next join says so.
  }
}

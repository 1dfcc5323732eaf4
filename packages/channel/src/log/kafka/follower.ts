/**
 * Waits for records at the ends of all logs of one cluster, with one request a broker: Kafka answers the requests of a
 * connection one after the other, so that logs which waited apart would wait for each other.
 *
 * F1. A partition is waited on while somebody reads at its end and this process does not append to it; while it does, its
 *     own acknowledgements show what came.
 * F2. Of the others only the end is asked for, now and then.
 */
import type { FetchedPartition, KafkaClient } from '@millrace/runtime';
import { type KafkaLogLimits, troubleDelayMs } from './limits.ts';
import type { PartitionState } from './partition.ts';

export interface Followed {
  readonly topic: string;
  readonly committedOnly: boolean;
  /** Those served here now. */
  states(): readonly PartitionState[];
  /** There is more to read. */
  told(): void;
  refresh(states: readonly PartitionState[]): Promise<string | undefined>;
}

export interface FollowerPorts {
  readonly client: KafkaClient;
  readonly limits: KafkaLogLimits;
  nowMs(): number;
  wait(delayMs: number): Promise<void>;
}

interface Waited {
  readonly log: Followed;
  readonly state: PartitionState;
  readonly from: number;
}

/** One for records of committed transactions only, one for the rest: a request asks for one or the other. */
export class Follower {
  readonly #ports: FollowerPorts;
  readonly #committedOnly: boolean;
  readonly #logs = new Set<Followed>();
  #running = false;
  /** Which partition comes first changes, so that none is always last in a full answer. */
  #turn = 0;

  constructor(ports: FollowerPorts, committedOnly: boolean) {
    this.#ports = ports;
    this.#committedOnly = committedOnly;
  }

  add(log: Followed): () => void {
    this.#logs.add(log);
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
    return () => void this.#logs.delete(log);
  }

  async #run(): Promise<void> {
    const { limits } = this.#ports;
    while (this.#logs.size > 0) {
      const { waited, leftOut } = this.#choose();
      void this.#look();
      if (waited.length === 0) {
        await this.#ports.wait(leftOut ? limits.ownAppendMs : limits.shortWaitMs);
        continue;
      }
      const troubled = await this.#waitFor(waited, leftOut ? limits.shortWaitMs : limits.waitMs);
      if (troubled) await this.#ports.wait(troubleDelayMs);
    }
    this.#running = false;
  }

  #choose(): { readonly waited: readonly Waited[]; readonly leftOut: boolean } {
    const nowMs = this.#ports.nowMs();
    const waited: Waited[] = [];
    let leftOut = false;
    for (const log of this.#logs) {
      for (const state of log.states()) {
        if (!state.followed) continue;
        if (nowMs - state.ownAppendMs < this.#ports.limits.ownAppendMs) leftOut = true;
        else waited.push({ log, state, from: state.end });
      }
    }
    const turn = waited.length === 0 ? 0 : this.#turn++ % waited.length;
    return { waited: [...waited.slice(turn), ...waited.slice(0, turn)], leftOut };
  }

  async #waitFor(waited: readonly Waited[], maxWaitMs: number): Promise<boolean> {
    const { client, limits } = this.#ports;
    const partitions = waited.map(({ log, state, from }) => ({
      topic: log.topic,
      partition: state.number,
      offset: from,
      maxBytes: limits.fetchBytes,
      knownUpTo: () => state.end,
    }));
    const request = { partitions, maxWaitMs, maxBytes: limits.answerBytes, committedOnly: this.#committedOnly };
    const answers = await client.fetch(request);
    const places = new Map(waited.map((one) => [`${one.state.number}/${one.log.topic}`, one]));
    const told = new Set<Followed>();
    let troubled = false;
    for (const fetched of answers) {
      const one = places.get(`${fetched.partition}/${fetched.topic}`);
      if (one === undefined || !this.#logs.has(one.log)) continue;
      if (fetched.error === undefined) this.#take(one, fetched, told);
      else {
        troubled = true;
        // A topic that was made anew, or lost its end: whoever reads there is told so.
        if (fetched.error.code === 'OFFSET_OUT_OF_RANGE') {
          await one.log.refresh([one.state]);
          told.add(one.log);
        }
      }
    }
    for (const log of told) log.told();
    return troubled;
  }

  #take({ log, state, from }: Waited, fetched: FetchedPartition, told: Set<Followed>): void {
    // What was appended here meanwhile is known already; the answer was read from there on.
    const known = Math.max(from, state.end);
    if (fetched.next <= known && fetched.end <= state.end) {
      state.arrived({ ...fetched, records: [], next: known }, known, this.#ports.nowMs());
      return;
    }
    if (state.arrived(fetched, known, this.#ports.nowMs())) told.add(log);
  }

  /** F2 */
  async #look(): Promise<void> {
    const nowMs = this.#ports.nowMs();
    for (const log of this.#logs) {
      const stale = log
        .states()
        .filter((state) => !state.followed && nowMs - state.seenMs >= this.#ports.limits.lookMs);
      if (stale.length === 0) continue;
      const ends = new Map(stale.map((state) => [state, state.end]));
      for (const state of stale) state.seenMs = nowMs;
      await log.refresh(stale);
      if (stale.some((state) => state.end > (ends.get(state) ?? 0))) log.told();
    }
  }
}

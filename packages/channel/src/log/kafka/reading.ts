/**
 * Reads of one topic that are not answered from memory: fetched from the leader, one fetch a place at a time, and the next
 * piece ahead of the reader.
 */
import type { FetchedPartition, KafkaClient } from '@millrace/runtime';
import type { Offset, ReadLimit, ReadOutcome } from '../log.ts';
import type { KafkaLogLimits } from './limits.ts';
import type { PartitionState } from './partition.ts';

export interface TopicPlace {
  readonly client: KafkaClient;
  readonly topic: string;
  readonly committedOnly: boolean;
  readonly limits: KafkaLogLimits;
  nowMs(): number;
}

type Loaded = { readonly kind: 'loaded' } | (ReadOutcome & { readonly kind: 'out-of-range' | 'failed' });

export class TopicReader {
  readonly #place: TopicPlace;
  readonly #loading = new Map<string, Promise<Loaded>>();

  constructor(place: TopicPlace) {
    this.#place = place;
  }

  /** From memory at once, else fetched. */
  read(state: PartitionState, from: Offset, limit: ReadLimit): ReadOutcome | Promise<ReadOutcome> {
    if (from < state.start) return { kind: 'out-of-range', start: state.start, end: state.end };
    const known = state.readKnown(from, limit);
    if (known === undefined) return this.#fetched(state, from, limit);
    if (known.kind === 'records' && known.records.length > 0) this.#readAhead(state, known.next);
    return known;
  }

  /** Asks for the range of partitions. Throws nothing; gives why it is not known. */
  async refresh(states: readonly PartitionState[]): Promise<string | undefined> {
    const { client, topic, committedOnly } = this.#place;
    const numbers = states.map((state) => state.number);
    if (numbers.length === 0) return undefined;
    const [starts, ends] = await Promise.all([
      client.listOffsets(topic, numbers, 'earliest', committedOnly),
      client.listOffsets(topic, numbers, 'latest', committedOnly),
    ]);
    if (starts.kind === 'failed') return starts.reason;
    if (ends.kind === 'failed') return ends.reason;
    for (const state of states) {
      const start = starts.value.get(state.number);
      const end = ends.value.get(state.number);
      // What this process appended meanwhile may be ahead of the answer.
      const own = this.#place.nowMs() - state.ownAppendMs < this.#place.limits.lookMs ? state.end : 0;
      if (start !== undefined && end !== undefined) state.moved(start, Math.max(end, own), this.#place.nowMs());
    }
    return undefined;
  }

  async #fetched(state: PartitionState, from: Offset, limit: ReadLimit): Promise<ReadOutcome> {
    for (let place = from; ; ) {
      if (place > state.end) {
        const reason = await this.refresh([state]);
        if (reason !== undefined) return { kind: 'failed', reason };
        if (place > state.end) return { kind: 'out-of-range', start: state.start, end: state.end };
      }
      const known = state.readKnown(place, limit);
      if (known !== undefined) return known;
      const upTo = state.knownUpTo(place);
      if (upTo > place) {
        place = upTo; // Nothing there but markers and records that are no events.
        continue;
      }
      const loaded = await this.#load(state, place);
      if (loaded.kind !== 'loaded') return loaded;
      if (state.knownUpTo(place) === place && place < state.end) {
        return { kind: 'failed', reason: `the broker gave nothing at offset ${place} of partition ${state.number}` };
      }
    }
  }

  #readAhead(state: PartitionState, from: Offset): void {
    if (from >= state.end || state.knownUpTo(from) > from) return;
    void this.#load(state, from);
  }

  #load(state: PartitionState, from: Offset): Promise<Loaded> {
    const name = `${state.number}/${from}`;
    const underWay = this.#loading.get(name);
    if (underWay !== undefined) return underWay;
    const loading = this.#fetch(state, from).finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }

  async #fetch(state: PartitionState, from: Offset): Promise<Loaded> {
    const { client, topic, committedOnly, limits } = this.#place;
    const wanted = { topic, partition: state.number, offset: from, maxBytes: limits.fetchBytes };
    const request = { partitions: [wanted], maxWaitMs: 0, maxBytes: limits.answerBytes, committedOnly };
    const [fetched] = await client.fetch(request);
    if (fetched === undefined) return { kind: 'failed', reason: `the broker gave no answer for ${topic}` };
    if (fetched.error === undefined) {
      state.arrived(fetched, from, this.#place.nowMs());
      return { kind: 'loaded' };
    }
    return this.#refused(state, from, fetched);
  }

  /** Never moves anybody's position: whoever asked is told what there is. */
  async #refused(state: PartitionState, from: Offset, fetched: FetchedPartition): Promise<Loaded> {
    const failed = { kind: 'failed', reason: fetched.error?.reason ?? 'unknown' } as const;
    if (fetched.error?.code !== 'OFFSET_OUT_OF_RANGE') return failed;
    const reason = await this.refresh([state]);
    if (reason !== undefined) return { kind: 'failed', reason };
    const { start, end } = state;
    return from < start || from > end ? { kind: 'out-of-range', start, end } : failed;
  }
}

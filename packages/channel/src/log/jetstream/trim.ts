/**
 * Retention of a stream that is ours (log invariant L5).
 *
 * The stream itself has no age limit and refuses what exceeds its size (`discard: new`): left to itself the server would
 * take events that somebody still needs, without a word. We remove by position, only what every cursor has settled.
 */
import type { Clock, NatsClient, NatsStreamFacts } from '@millrace/runtime';
import type { CursorState, Offset, Retention } from '../log.ts';
import { fullReason, holdOf } from '../retention.ts';
import type { JetStreamLimits } from './limits.ts';

export interface TrimmerHost {
  readonly client: NatsClient;
  readonly clock: Clock;
  readonly limits: JetStreamLimits;
  readonly stream: string;
  retention(): Retention;
  /** Every state that must be respected, read anew where this process does not keep them. Rejects when they cannot be had. */
  holding(): Promise<{ readonly states: Iterable<CursorState>; readonly readUpTo: Offset }>;
  /** What the stream is now. */
  seen(facts: NatsStreamFacts): void;
}

export interface Room {
  readonly made: boolean;
  readonly reason: string;
  readonly heldBy: readonly string[];
}

/** Removed beyond what is needed, as a share of the limit: not every append is to make room anew. */
const spareShare = 1 / 16;

export class Trimmer {
  readonly #host: TrimmerHost;

  constructor(host: TrimmerHost) {
    this.#host = host;
  }

  /** Gives how many went. */
  async trim(): Promise<number> {
    const { ageMs, bytes } = this.#host.retention();
    const facts = await this.#facts();
    if (facts === undefined || facts.messages === 0) return 0;
    const oldestMs = this.#host.clock.now() - ageMs;
    let removed = 0;
    if (facts.firstTimeMs < oldestMs) removed += await this.#removeOlder(facts, oldestMs);
    if (facts.bytes > bytes) removed += (await this.#removeBytes(bytes)).removed;
    return removed;
  }

  /** Makes room for so many bytes, as far as cursors let go. */
  async room(bytes: number): Promise<Room> {
    const retention = this.#host.retention();
    const { removed, heldBy } = await this.#removeBytes(Math.max(0, retention.bytes * (1 - spareShare) - bytes));
    return { made: removed > 0, reason: fullReason(retention, heldBy), heldBy };
  }

  async #removeOlder(facts: NatsStreamFacts, oldestMs: number): Promise<number> {
    const { client, stream } = this.#host;
    const young = await client.firstAt(stream, oldestMs);
    if (young.kind !== 'ok') return 0;
    const { upTo } = await this.#hold(facts);
    return this.#removeBelow(Math.min(upTo, young.value?.sequence ?? facts.lastSequence + 1), facts);
  }

  async #removeBytes(wanted: number): Promise<{ readonly removed: number; readonly heldBy: readonly string[] }> {
    let removed = 0;
    for (let round = 0; round < this.#host.limits.trimRounds; round += 1) {
      const facts = await this.#facts();
      if (facts === undefined) break;
      const { upTo, names } = await this.#hold(facts);
      if (facts.bytes <= wanted) break;
      const average = facts.bytes / Math.max(1, facts.messages);
      const below = facts.firstSequence + Math.max(1, Math.floor((facts.bytes - wanted) / average));
      const went = await this.#removeBelow(Math.min(upTo, below), facts);
      removed += went;
      if (went === 0) return { removed, heldBy: names };
    }
    return { removed, heldBy: [] };
  }

  async #hold(facts: NatsStreamFacts) {
    const { states, readUpTo } = await this.#host.holding();
    return holdOf(states, 0, readUpTo, facts.lastSequence + 1);
  }

  async #removeBelow(below: Offset, facts: NatsStreamFacts): Promise<number> {
    if (below <= facts.firstSequence) return 0;
    const { client, stream } = this.#host;
    const purged = await client.purge(stream, { below });
    if (purged.kind !== 'ok') return 0;
    await this.#facts();
    return purged.value;
  }

  async #facts(): Promise<NatsStreamFacts | undefined> {
    const answer = await this.#host.client.stream(this.#host.stream);
    if (answer.kind !== 'ok' || answer.value === undefined) return undefined;
    this.#host.seen(answer.value);
    return answer.value;
  }
}

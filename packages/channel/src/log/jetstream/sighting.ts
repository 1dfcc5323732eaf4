/**
 * For how long another process's lease was seen unchanged (lease S2), handed on from one process to the next: where none
 * of them lives as long as a lease lasts, a crashed process's lease would otherwise never run out.
 *
 * W1. What is handed on is a length of time by its writer's clock, and the renewal that it was seen of. Who reads it counts
 *     on from when it was read: the sum is never more than the time that passed, and no clocks are compared.
 * W2. A renewal makes it void: it counts for the sequence that it names, and for no other.
 */
import type { Clock, NatsBucket } from '@millrace/runtime';
import { encode, parse } from './json.ts';

interface Seen {
  readonly sequence: number;
  readonly forMs: number;
}

export class Sighting {
  readonly #bucket: NatsBucket;
  readonly #key: string;
  readonly #clock: Clock;
  #seen: { readonly sequence: number; readonly sinceMs: number; readonly handedOnMs: number } | undefined;

  constructor(bucket: NatsBucket, key: string, clock: Clock) {
    this.#bucket = bucket;
    this.#key = key;
    this.#clock = clock;
  }

  /** For how long the lease was seen as it is now, with its last renewal at `sequence`; 0 when it was renewed since. */
  async of(sequence: number): Promise<number> {
    if (this.#seen?.sequence !== sequence) {
      const found = await this.#bucket.get(this.#key);
      const before = found.kind === 'ok' && found.value ? parseSeen(found.value.data) : undefined;
      const forMs = before?.sequence === sequence ? before.forMs : 0; // W2
      this.#seen = { sequence, sinceMs: this.#clock.monotonic() - forMs, handedOnMs: forMs }; // W1
    }
    return this.forMs;
  }

  get forMs(): number {
    return this.#seen ? this.#clock.monotonic() - this.#seen.sinceMs : 0;
  }

  /** Whoever comes next counts on. Not more often than each `everyMs`: a lease that is renewed leaves nothing to hand on. */
  async handOn(everyMs: number): Promise<void> {
    const seen = this.#seen;
    const { forMs } = this;
    if (seen === undefined || forMs - seen.handedOnMs < everyMs) return;
    this.#seen = { ...seen, handedOnMs: forMs };
    const said: Seen = { sequence: seen.sequence, forMs };
    // When it is not taken, the next one counts from less: that costs time, and nothing else.
    await this.#bucket.put(this.#key, encode(said));
  }

  clear(): void {
    this.#seen = undefined;
  }
}

function parseSeen(data: Uint8Array): Seen | undefined {
  const seen = parse(data) as Seen | null | undefined;
  return typeof seen?.sequence === 'number' && typeof seen.forMs === 'number' ? seen : undefined;
}

/**
 * Who dispatches a log that several processes have open: one at a time (log invariant L6), by a lease in the bucket.
 *
 * S1. A lease is held until `leaseMs` after the last renewal that the server took was *sent*, by the holder's own clock. If
 *     it could not be renewed by then, it is lost, and the listener is told so before anybody else can have it.
 * S2. It is taken from another process only when it was seen unchanged for longer than it lasts, by the taker and those
 *     before it (`sighting.ts`), and with a write that fails if it was renewed after all. No clocks are compared, and no
 *     server feature is needed.
 * S3. Before the listener is told of an assignment the fence of the log's cursors is claimed: whatever a holder before has on
 *     its way is refused from then on. A process that was stopped and goes on after its lease ran out can still have
 *     deliveries in flight, as after any crash; it cannot record anything.
 * S4. Given back in order, it is free at once.
 */
import type { Clock, NatsAnswer, NatsBucket, Timer } from '@millrace/runtime';
import type { PartitionListener } from '../log.ts';
import { encode, parse } from './json.ts';
import type { JetStreamLimits } from './limits.ts';
import type { LogKeys } from './names.ts';
import { Sighting } from './sighting.ts';

export interface LeasePorts {
  readonly bucket: NatsBucket;
  readonly keys: Pick<LogKeys, 'lease' | 'sighting'>;
  readonly owner: string;
  readonly clock: Clock;
  readonly limits: JetStreamLimits;
  /** S3 */
  claim(): Promise<NatsAnswer<number>>;
}

interface Entry {
  readonly owner: string;
  readonly leaseMs: number;
  readonly free?: true;
}

/** Renewals within one lease; and how often one that failed is tried again: a connection is back within half a second. */
const renewalsPerLease = 4;
const retriesPerLease = 20;
/** Told to the listener so much before the lease ends, as a share of it: what it began has to stop. */
const lastCallShare = 0.1;
/** Between two looks at a lease, whatever it says. */
const minPauseMs = 20;
const partitions = [0];

export class Lease {
  readonly #ports: LeasePorts;
  readonly #listener: PartitionListener;
  #held = false;
  #sequence = 0;
  #validUntilMs = 0;
  #stopped = false;
  #wake: () => void = () => {};
  #expiry: Timer | undefined;
  #assigning: Promise<void> = Promise.resolve();
  /** The listener was told that it has the partition, and not that it has it no more. */
  #told = false;
  #placed = false;
  /** What was seen of another process's lease, and how long that one lasts. */
  readonly #sighting: Sighting;
  #othersLastsMs: number | undefined;
  readonly #running: Promise<void>;

  constructor(ports: LeasePorts, listener: PartitionListener) {
    this.#ports = ports;
    this.#listener = listener;
    this.#sighting = new Sighting(ports.bucket, ports.keys.sighting, ports.clock);
    this.#running = this.#run();
  }

  /** False as soon as the lease has run out, whether anything was noticed or not. */
  get held(): boolean {
    if (this.#held && this.#ports.clock.monotonic() >= this.#validUntilMs) this.lose();
    return this.#held;
  }

  /** It is another process's now, or nobody's. */
  lose(): void {
    if (!this.#held) return;
    this.#held = false;
    if (this.#told) this.#listener.lost(partitions);
    this.#told = false;
    this.#wake();
  }

  /** Gives it back. */
  async stop(): Promise<void> {
    if (this.#stopped) return this.#running;
    this.#stopped = true;
    await this.#assigning;
    // Renewals go on while the listener ends what is under way.
    if (this.held) await this.#listener.revoked(partitions);
    const given = this.held;
    this.#held = false;
    this.#told = false;
    this.#expiry?.cancel();
    this.#wake();
    await this.#running;
    if (given) await this.#put({ free: true });
    else await this.#sighting.handOn(minPauseMs);
  }

  async #run(): Promise<void> {
    const { limits } = this.#ports;
    while (!this.#stopped || this.#held) {
      let pauseMs = limits.leaseMs / renewalsPerLease;
      if (!this.held) await this.#take();
      else if (!(await this.#renew())) pauseMs = limits.leaseMs / retriesPerLease;
      await this.#pause(Math.min(pauseMs, this.#untilFreeMs()));
    }
  }

  /** When another process's lease will have run out, if it is not renewed. */
  #untilFreeMs(): number {
    if (this.#held || this.#othersLastsMs === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(minPauseMs, this.#othersLastsMs - this.#sighting.forMs);
  }

  async #take(): Promise<void> {
    const { bucket, keys, owner, clock } = this.#ports;
    const found = await bucket.get(keys.lease);
    if (found.kind !== 'ok' || this.#stopped) return;
    const entry = found.value === undefined ? undefined : parseEntry(found.value.data);
    this.#sequence = found.value?.sequence ?? 0;
    if (entry !== undefined && entry.free !== true && entry.owner !== owner && !(await this.#hasRunOut(entry))) {
      // So that whoever waits for a share knows that it is none for now.
      if (!this.#placed) this.#assigning = this.#assigning.then(() => this.#listener.assigned([]));
      this.#placed = true;
      return; // S2
    }
    this.#sighting.clear();
    this.#othersLastsMs = undefined;
    const sentMs = clock.monotonic();
    if (this.#stopped || !(await this.#put({}))) return;
    const claimed = await this.#ports.claim(); // S3
    if (claimed.kind !== 'ok') return;
    if (this.#stopped) return void (await this.#put({ free: true })); // S4: nobody was told.
    this.#extend(sentMs);
    if (clock.monotonic() >= this.#validUntilMs) return;
    this.#held = true;
    this.#assign();
  }

  /** Whether another process's lease was seen for longer than it lasts. */
  async #hasRunOut(entry: Entry): Promise<boolean> {
    const { limits } = this.#ports;
    const lastsMs = entry.leaseMs * (1 + limits.leaseGrace);
    this.#othersLastsMs = lastsMs;
    if ((await this.#sighting.of(this.#sequence)) >= lastsMs) return true;
    // A holder that is well renews more often.
    await this.#sighting.handOn(limits.leaseMs / renewalsPerLease);
    return false;
  }

  /** Not waited for: what the listener does may take longer than the lease, which must be renewed meanwhile. */
  #assign(): void {
    this.#placed = true;
    this.#assigning = this.#assigning.then(async () => {
      if (!this.held) return;
      this.#told = true;
      await this.#listener.assigned(partitions);
    });
  }

  async #renew(): Promise<boolean> {
    const { bucket, keys, owner, clock } = this.#ports;
    const sentMs = clock.monotonic();
    if (await this.#put({})) {
      this.#extend(sentMs);
      return true;
    }
    // An answer that was lost looks like another's write: what is there now decides.
    const found = await bucket.get(keys.lease);
    if (found.kind !== 'ok') return false;
    const entry = found.value === undefined ? undefined : parseEntry(found.value.data);
    if (entry?.owner === owner) this.#sequence = found.value?.sequence ?? 0;
    else this.lose();
    return false;
  }

  async #put(more: { readonly free?: true }): Promise<boolean> {
    const { bucket, keys, owner, limits } = this.#ports;
    const entry: Entry = { owner, leaseMs: limits.leaseMs, ...more };
    const answer = await bucket.put(keys.lease, encode(entry), this.#sequence);
    if (answer.kind === 'ok') this.#sequence = answer.value;
    return answer.kind === 'ok';
  }

  #extend(sentMs: number): void {
    const { clock, limits } = this.#ports;
    this.#validUntilMs = sentMs + limits.leaseMs * (1 - lastCallShare); // S1
    this.#expiry?.cancel();
    const look = (): void => {
      if (this.held) this.#expiry = clock.setTimer(this.#validUntilMs - clock.monotonic(), look);
    };
    this.#expiry = clock.setTimer(this.#validUntilMs - clock.monotonic(), look);
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stopped && !this.#held) return;
    await new Promise<void>((resolve) => {
      const timer = this.#ports.clock.setTimer(ms, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

function parseEntry(data: Uint8Array): Entry | undefined {
  const entry = parse(data) as Entry | null | undefined;
  return typeof entry?.owner === 'string' && typeof entry.leaseMs === 'number' ? entry : undefined;
}

/**
 * The delivery port on worker threads: an attempt is handed to the worker that has its URL, and its outcome comes back.
 *
 * D1. A URL always goes to the same worker, so that its connections and its limit are in one place. A new URL goes to the worker
 *     that has the fewest.
 * D2. A signal that aborts ends the attempts of it that were handed over before, as it does without threads.
 * D3. What is under way is bounded by the engine's in-flight limits and by its budget of bytes; nothing waits here.
 */
import type { CloudEvent, Target } from '@millrace/api';
import { type Attempt, type AttemptOutcome, type ByteReader, type Deliverer, writeRecord } from '@millrace/channel';
import { readOutcome, type Way, writeWay } from './attempt-entries.ts';
import type { BatchPort } from './batch-port.ts';
import { beginEntry, entry } from './entries.ts';
import { urlsMax, waysMax } from './limits.ts';
import type { ToMain, ToWorker } from './messages.ts';
import { Slots } from './slots.ts';

type Resolve = (outcome: AttemptOutcome) => void;

interface KnownWay extends Way {
  readonly id: number;
}

/** The way to one worker. */
export class AttemptLane {
  readonly port: BatchPort<ToWorker, ToMain>;
  readonly #waiting = new Slots<Resolve>();
  #byTarget = new WeakMap<Target, KnownWay[]>();
  #byText = new Map<string, KnownWay>();
  readonly #signals = new WeakMap<AbortSignal, number>();
  #lastSignal = 0;
  #lastEvent: CloudEvent | undefined;
  #lastHeaders: Attempt['headers'] | undefined;
  urls = 0;

  constructor(port: BatchPort<ToWorker, ToMain>) {
    this.port = port;
  }

  /** The batch has left: the next one begins without an event before it. */
  onFlush(): void {
    this.#lastEvent = undefined;
    this.#lastHeaders = undefined;
  }

  read(reader: ByteReader): void {
    this.#waiting.take(reader.varint())(readOutcome(reader));
  }

  send(attempt: Attempt, signal: AbortSignal, resolve: Resolve): void {
    const { writer } = this.port;
    const way = this.#wayOf(attempt);
    const signalId = this.#signalOf(signal);
    const { event, headers } = attempt;
    const same = event === this.#lastEvent && headers === this.#lastHeaders;
    beginEntry(writer, same ? entry.sameEvent : entry.attempt);
    writer.varint(this.#waiting.put(resolve));
    writer.varint(way.id);
    writer.varint(signalId);
    if (!same) writeRecord(writer, attempt, 0);
    this.#lastEvent = event;
    this.#lastHeaders = headers;
    this.port.written();
  }

  #wayOf(attempt: Attempt): KnownWay {
    const known = this.#byTarget.get(attempt.target);
    const way = known?.find((one) => isSameWay(one, attempt));
    if (way !== undefined) return way;
    const found = this.#wayByText(attempt);
    if (known === undefined) this.#byTarget.set(attempt.target, [found]);
    else known.push(found);
    return found;
  }

  /** A target that was made anew with its route may say the same. */
  #wayByText({ target, namespace, wantsReply, ignoresAnswer, format, timeoutMs }: Attempt): KnownWay {
    const { url, caCerts } = target;
    const text = JSON.stringify([url, caCerts, namespace, wantsReply, ignoresAnswer, format, timeoutMs]);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    if (this.#byText.size >= waysMax) {
      // The worker writes over what it has under a number; all attempts of the old numbers were read before.
      this.#byText = new Map();
      this.#byTarget = new WeakMap();
    }
    const rest = { ...(ignoresAnswer !== undefined && { ignoresAnswer }), ...(format && { format }) };
    const way = { id: this.#byText.size, target, namespace, wantsReply, timeoutMs, ...rest };
    this.#byText.set(text, way);
    writeWay(this.port.writer, way.id, way);
    return way;
  }

  /** D2. */
  #signalOf(signal: AbortSignal): number {
    const known = this.#signals.get(signal);
    if (known !== undefined) return known;
    this.#lastSignal += 1;
    const id = this.#lastSignal;
    this.#signals.set(signal, id);
    signal.addEventListener('abort', () => {
      beginEntry(this.port.writer, entry.cancel);
      this.port.writer.varint(id);
      this.port.written();
    });
    return id;
  }
}

export class RemoteDeliverer implements Deliverer {
  readonly #lanes: readonly AttemptLane[];
  #byUrl = new Map<string, AttemptLane>();
  #closed = false;

  constructor(lanes: readonly AttemptLane[]) {
    this.#lanes = lanes;
  }

  attempt(attempt: Attempt, signal: AbortSignal): Promise<AttemptOutcome> {
    if (this.#closed || signal.aborted) return Promise.resolve({ kind: 'cancelled' });
    const lane = this.#byUrl.get(attempt.target.url) ?? this.#laneFor(attempt.target.url);
    return new Promise((resolve) => lane.send(attempt, signal, resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#lanes.map(({ port }) => port.call('closeDeliveries', undefined)));
  }

  /** D1. */
  #laneFor(url: string): AttemptLane {
    const [first, ...others] = this.#lanes;
    if (first === undefined) throw new Error('there is no worker');
    if (this.#byUrl.size >= urlsMax) {
      let hash = 0;
      for (let at = 0; at < url.length; at += 1) hash = (hash * 31 + url.charCodeAt(at)) >>> 0;
      return this.#lanes[hash % this.#lanes.length] ?? first;
    }
    const lane = others.reduce((least, one) => (one.urls < least.urls ? one : least), first);
    lane.urls += 1;
    this.#byUrl.set(url, lane);
    return lane;
  }
}

function isSameWay(way: KnownWay, attempt: Attempt): boolean {
  return (
    way.timeoutMs === attempt.timeoutMs &&
    way.wantsReply === attempt.wantsReply &&
    way.ignoresAnswer === attempt.ignoresAnswer &&
    way.format === attempt.format &&
    way.namespace === attempt.namespace
  );
}

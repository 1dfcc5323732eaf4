/**
 * The two attributes a broker writes on what it takes: how often the event may still pass a broker, and when it came.
 * Nothing else of an event is touched. Source: reference section 3.1.
 */
import { type CloudEvent, type LogRoute, type MutableAttributes, withAttributes } from '@millrace/api';
import type { Clock } from '@millrace/runtime';

const ttlAttribute = 'knativebrokerttl';
const arrivalTimeAttribute = 'knativearrivaltime';
/** Hops an event may make that says nothing of it: Knative's `MAX_TTL`. */
export const ttlDefault = 255;

const integerPattern = /^[+-]?\d{1,10}$/;
const integerEnd = 2 ** 31;

/** The TTL with which an event goes on: 0 when it is used up. Without a number of CloudEvents' Integer type it begins anew. */
function nextTtl(ttl: string | undefined, max: number): number {
  if (ttl === undefined || !integerPattern.test(ttl)) return max;
  const value = Number(ttl);
  return value < -integerEnd || value >= integerEnd ? max : Math.max(0, value - 1);
}

/** Whether events are stamped on their way into a log: those of Brokers are, what passes a channel or a sink is not touched. */
export function isStamped({ kind }: LogRoute): boolean {
  return kind === 'Broker';
}

/** Writes both attributes; one for each door through which events reach a broker. */
export class Stamp {
  readonly #clock: Clock;
  readonly #ttlMax: number;
  #lastMs = Number.NaN;
  #lastText = '';
  /** Of the last text: its second, and the text up to the milliseconds. */
  #second = Number.NaN;
  #secondText = '';

  constructor(clock: Clock, ttlMax: number) {
    this.#clock = clock;
    this.#ttlMax = ttlMax;
  }

  /** The event as it is stored, made of one that is the caller's alone; undefined when its TTL is used up. */
  put(event: CloudEvent): CloudEvent | undefined {
    const ttl = nextTtl(event.attributes[ttlAttribute], this.#ttlMax);
    if (ttl <= 0) return undefined;
    // A number in structured mode, as Knative writes it; binary mode knows only text, and a number would make of it a
    // structured event on the way out.
    if (event.dataForm !== undefined || event.nonString !== undefined) {
      return withAttributes(event, { [ttlAttribute]: ttl, [arrivalTimeAttribute]: this.#arrivalTime() });
    }
    return this.#putText(event, ttl);
  }

  /** What `withAttributes` would make, without asking again whether these two names and values may be: nearly every event. */
  #putText(event: CloudEvent, ttl: number): CloudEvent {
    const attributes: MutableAttributes = event.attributes;
    attributes[ttlAttribute] = String(ttl);
    attributes[arrivalTimeAttribute] = this.#arrivalTime();
    return event;
  }

  /** RFC 3339, made once for each millisecond: of a new one within the same second only the end is another. */
  #arrivalTime(): string {
    const nowMs = Math.floor(this.#clock.now());
    if (nowMs === this.#lastMs) return this.#lastText;
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1_000).toISOString().slice(0, -'000Z'.length);
    }
    this.#lastMs = nowMs;
    this.#lastText = `${this.#secondText}${String(nowMs - second * 1_000).padStart(3, '0')}Z`;
    return this.#lastText;
  }
}

/** Order and partition of an event: its extension `partitionkey` (CloudEvents extension Partitioning). */
export function partitionKeyOf(event: CloudEvent): string | undefined {
  return event.attributes['partitionkey'] || undefined;
}

/** The dead-letter store in memory: for tests and for what is in memory by its name. */
import { sizeOfEvent } from '@millrace/api';
import type { DeadLetter, DeadLetterQuery, DeadLetterStore, NewDeadLetter, PutOutcome } from './dead-letter.ts';
import { bounded, deadLettersFull, defaultDeadLetterBytes, identityOf } from './limits.ts';

export class MemoryDeadLetters implements DeadLetterStore {
  readonly #limitBytes: number;
  readonly #letters = new Map<number, DeadLetter>();
  readonly #ids = new Map<string, number>();
  #bytes = 0;
  #nextId = 1;
  #closed = false;

  constructor(limitBytes: number = defaultDeadLetterBytes) {
    this.#limitBytes = limitBytes;
  }

  async put(letter: NewDeadLetter): Promise<PutOutcome> {
    if (this.#closed) return { kind: 'failed', reason: 'the dead-letter store is closed' };
    const identity = identityOf(letter);
    const known = this.#ids.get(identity);
    if (known !== undefined) return { kind: 'kept', id: known };
    const bytes = sizeOf(letter);
    if (this.#bytes + bytes > this.#limitBytes) return { kind: 'full', reason: deadLettersFull(this.#limitBytes) };
    const id = this.#nextId;
    this.#nextId += 1;
    this.#letters.set(id, { ...bounded(letter), id });
    this.#ids.set(identity, id);
    this.#bytes += bytes;
    return { kind: 'kept', id };
  }

  async list(query: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = [];
    for (const letter of this.#letters.values()) {
      if (found.length >= query.limit) break;
      if (letter.id > (query.after ?? 0) && matches(letter, query)) found.push(letter);
    }
    return found;
  }

  count(subscriptionUid?: string): number {
    if (subscriptionUid === undefined) return this.#letters.size;
    let count = 0;
    for (const letter of this.#letters.values()) if (letter.subscription.uid === subscriptionUid) count += 1;
    return count;
  }

  async remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      const letter = this.#letters.get(id);
      if (letter === undefined) continue;
      this.#letters.delete(id);
      this.#ids.delete(identityOf(letter));
      this.#bytes -= sizeOf(letter);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

export function matches(letter: DeadLetter, query: DeadLetterQuery): boolean {
  if (query.subscriptionUid !== undefined && query.subscriptionUid !== letter.subscription.uid) return false;
  return query.logUid === undefined || query.logUid === letter.log.uid;
}

/** The event, what is told of it, and a part for the object. */
function sizeOf(letter: NewDeadLetter): number {
  return sizeOfEvent(letter.event) + 256 + letter.lastError.length + (bounded(letter).responseBody?.byteLength ?? 0);
}

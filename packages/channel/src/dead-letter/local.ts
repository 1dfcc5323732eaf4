/**
 * The dead-letter store in the local store's environment: its transactions are the logs' transactions.
 *
 * P1. A letter, the entry that makes it known by what it stands for, and its subscription's count change together.
 * P2. The counts in memory are those of what is durable. Ids are never used twice, also when the last letter is gone.
 */
import { createHash } from 'node:crypto';
import { seal, unseal } from '../log/bytes.ts';
import type { Changes, Environment, WriteOutcome } from '../log/local/environment.ts';
import type { GroupCommit, Participant, Settle } from '../log/local/group-commit.ts';
import { kinds, letterCountKey, letterIdOf, letterKey } from '../log/local/keys.ts';
import type { LocalLimits } from '../log/local/limits.ts';
import type { Space } from '../log/local/space.ts';
import type { DeadLetter, DeadLetterQuery, DeadLetterStore, NewDeadLetter, PutOutcome } from './dead-letter.ts';
import { decodeLetter, encodeLetter } from './frame.ts';
import { bounded, deadLettersFull, identityOf } from './limits.ts';
import { matches } from './memory.ts';

export interface LocalDeadLetterParts {
  readonly environment: Environment;
  readonly commits: GroupCommit;
  readonly space: Space;
  readonly limits: LocalLimits;
}

interface Count {
  readonly letters: number;
  readonly bytes: number;
}

type Waiting =
  | {
      readonly kind: 'put';
      readonly letter: NewDeadLetter;
      readonly identity: Buffer;
      readonly resolve: (outcome: PutOutcome) => void;
    }
  | {
      readonly kind: 'remove';
      readonly ids: readonly number[];
      readonly resolve: () => void;
      readonly reject: (error: Error) => void;
    };

/** What one transaction changes, until it is durable. */
interface Staged {
  readonly counts: Map<string, Count>;
  readonly gone: Set<number>;
  nextId: number;
  bytes: number;
}

/** Kept under the name of no subscription: the next id. */
const nextIdKey = Buffer.from([kinds.letterCount]);
const none: Count = { letters: 0, bytes: 0 };

export class LocalDeadLetters implements DeadLetterStore, Participant {
  readonly #parts: LocalDeadLetterParts;
  readonly #counts = new Map<string, Count>();
  /** Puts that are not durable yet, by what they stand for: a second one shares the first one's answer (D1). */
  readonly #underWay = new Map<string, Promise<PutOutcome>>();
  #waiting: Waiting[] = [];
  #bytes = 0;
  #nextId = 1;
  #closed = false;

  constructor(parts: LocalDeadLetterParts) {
    this.#parts = parts;
  }

  /** Reads the counts. Gives what is corrupt, if anything. */
  load(): string | undefined {
    const range = { from: nextIdKey, to: Buffer.from([kinds.letterCount + 1]) };
    for (const { key, value } of this.#parts.environment.entries(range)) {
      const payload = unseal(value);
      if (payload === undefined) return 'a count of dead letters is not as it was written';
      if (key.byteLength === 1) {
        this.#nextId = JSON.parse(payload.toString());
        continue;
      }
      const count: Count = JSON.parse(payload.toString());
      this.#counts.set(key.toString('utf8', 1), count);
      this.#bytes += count.bytes;
    }
    this.#parts.space.used += this.#bytes;
    return undefined;
  }

  async put(letter: NewDeadLetter): Promise<PutOutcome> {
    if (this.#closed) return closedOutcome;
    const identity = createHash('sha256').update(identityOf(letter)).digest();
    const name = identity.toString('hex');
    const before = this.#underWay.get(name);
    if (before !== undefined) return before;
    const { promise, resolve } = Promise.withResolvers<PutOutcome>();
    const settle = (outcome: PutOutcome) => {
      this.#underWay.delete(name);
      resolve(outcome);
    };
    this.#underWay.set(name, promise);
    this.#enqueue({ kind: 'put', letter: bounded(letter), identity, resolve: settle });
    return promise;
  }

  async list(query: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = [];
    const range = { from: letterKey((query.after ?? 0) + 1), to: Buffer.from([kinds.letter + 1]) };
    if (query.limit <= 0) return found;
    await this.#parts.environment.renewing;
    for (const { key, value } of this.#parts.environment.entries(range)) {
      // One that is damaged is not given; it is counted all the same, and it can be removed.
      const letter = decodeLetter(letterIdOf(key), value);
      if (letter !== undefined && matches(letter, query)) found.push(letter);
      if (found.length >= query.limit) break;
    }
    return found;
  }

  count(subscriptionUid?: string): number {
    if (subscriptionUid !== undefined) return (this.#counts.get(subscriptionUid) ?? none).letters;
    let letters = 0;
    for (const count of this.#counts.values()) letters += count.letters;
    return letters;
  }

  /** Rejects when the disk does not take it: then all of them are still there. */
  remove(ids: readonly number[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error(closedOutcome.reason));
    if (ids.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#enqueue({ kind: 'remove', ids, resolve, reject }));
  }

  /** What is under way is settled by the store it belongs to. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#underWay.values());
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#parts.commits.ask(this);
  }

  /** Called by group commit; not part of the port. */
  write(changes: Changes, _frames: unknown, budgetBytes: number): Settle {
    const staged: Staged = { counts: new Map(), gone: new Set(), nextId: this.#nextId, bytes: 0 };
    const upTo = changes.bytes + budgetBytes;
    const settlements: Settle[] = [];
    let taken = 0;
    for (const waiting of this.#waiting) {
      if (taken > 0 && changes.bytes >= upTo) break;
      taken += 1;
      settlements.push(
        waiting.kind === 'put' ? this.#stagePut(waiting, staged, changes) : this.#stageRemove(waiting, staged, changes),
      );
    }
    this.#waiting = this.#waiting.slice(taken);
    if (this.#waiting.length > 0) this.#parts.commits.ask(this);
    for (const [uid, count] of staged.counts) {
      if (count.letters === 0) changes.remove(letterCountKey(uid));
      else changes.put(letterCountKey(uid), seal(Buffer.from(JSON.stringify(count))));
    }
    if (staged.nextId > this.#nextId) changes.put(nextIdKey, seal(Buffer.from(JSON.stringify(staged.nextId))));
    return (outcome) => {
      if (outcome.kind === 'written') this.#apply(staged);
      for (const settle of settlements) settle(outcome);
    };
  }

  #apply(staged: Staged): void {
    for (const [uid, count] of staged.counts) {
      if (count.letters === 0) this.#counts.delete(uid);
      else this.#counts.set(uid, count);
    }
    this.#nextId = staged.nextId;
    this.#bytes += staged.bytes;
    this.#parts.space.used += staged.bytes;
  }

  #stagePut(put: Waiting & { readonly kind: 'put' }, staged: Staged, changes: Changes): Settle {
    const identityKey = Buffer.concat([Buffer.from([kinds.letterIdentity]), put.identity]);
    const known = this.#parts.environment.get(identityKey);
    const knownId = known && unseal(known)?.readDoubleLE(0);
    if (knownId !== undefined && !staged.gone.has(knownId)) return () => put.resolve({ kind: 'kept', id: knownId });
    const value = encodeLetter(put.letter);
    const full = this.#full(staged, value.byteLength);
    if (full !== undefined) return () => put.resolve({ kind: 'full', reason: full });
    const id = staged.nextId;
    staged.nextId += 1;
    const idBytes = Buffer.allocUnsafe(8);
    idBytes.writeDoubleLE(id);
    changes.put(letterKey(id), value);
    changes.put(identityKey, seal(idBytes));
    this.#count(staged, put.letter.subscription.uid, 1, value.byteLength);
    return (outcome) => put.resolve(outcome.kind === 'written' ? { kind: 'kept', id } : failedPut(outcome));
  }

  #full(staged: Staged, bytes: number): string | undefined {
    const limit = this.#parts.limits.deadLetterBytes;
    if (this.#bytes + staged.bytes + bytes > limit) return deadLettersFull(limit);
    return this.#parts.space.refusal(bytes);
  }

  #stageRemove(remove: Waiting & { readonly kind: 'remove' }, staged: Staged, changes: Changes): Settle {
    for (const id of remove.ids) {
      const value = staged.gone.has(id) ? undefined : this.#parts.environment.get(letterKey(id));
      if (value === undefined) continue;
      staged.gone.add(id);
      changes.remove(letterKey(id));
      const letter = decodeLetter(id, value);
      // Of a damaged one it is not known what it stands for: its place in the counts is lost with it.
      if (letter === undefined) continue;
      const identity = createHash('sha256').update(identityOf(letter)).digest();
      changes.remove(Buffer.concat([Buffer.from([kinds.letterIdentity]), identity]));
      this.#count(staged, letter.subscription.uid, -1, -value.byteLength);
    }
    return (outcome) => {
      if (outcome.kind === 'written') remove.resolve();
      else remove.reject(new Error(`dead letters cannot be removed: ${outcome.reason}`));
    };
  }

  #count(staged: Staged, uid: string, letters: number, bytes: number): void {
    const count = staged.counts.get(uid) ?? this.#counts.get(uid) ?? none;
    staged.counts.set(uid, { letters: count.letters + letters, bytes: count.bytes + bytes });
    staged.bytes += bytes;
  }
}

const closedOutcome = { kind: 'failed', reason: 'the dead-letter store is closed' } as const;

function failedPut(outcome: WriteOutcome & { readonly kind: 'failed' }): PutOutcome {
  return { kind: outcome.noSpace ? 'full' : 'failed', reason: outcome.reason };
}

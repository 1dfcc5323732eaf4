/**
 * Which objects came from files, remembered over restarts: no label or annotation tells, so that objects look the same
 * as in a cluster.
 *
 * An entry is written before its object, and forgotten after its object is gone: after a crash in between, the next
 * look at the files mends it.
 */
import type { Resource, ResourceRef } from '@millrace/api';
import { isObject } from '../store/json.ts';
import { type ObjectKey, objectKey } from '../store/keys.ts';
import type { Notes } from '../store/local/persistence.ts';

export interface LedgerEntry {
  readonly ref: ResourceRef;
  readonly file: string;
  /** The manifest as it was applied last. */
  readonly source: Resource;
  /** Of the object that was applied; absent until it is. One of another UID was made by other means. */
  readonly uid?: string;
}

/** Name of the note in the store. */
const noteName = 'manifests';

export class Ledger {
  readonly #notes: Notes;
  readonly #entries: Map<ObjectKey, LedgerEntry>;

  constructor(notes: Notes) {
    this.#notes = notes;
    const stored = notes.get(noteName);
    const entries = isObject(stored) && Array.isArray(stored['entries']) ? (stored['entries'] as LedgerEntry[]) : [];
    this.#entries = new Map(entries.map((entry) => [objectKey(entry.ref), entry]));
  }

  get(key: ObjectKey): LedgerEntry | undefined {
    return this.#entries.get(key);
  }

  entries(): readonly (readonly [ObjectKey, LedgerEntry])[] {
    return [...this.#entries];
  }

  set(entry: LedgerEntry): void {
    this.#entries.set(objectKey(entry.ref), entry);
  }

  delete(key: ObjectKey): void {
    this.#entries.delete(key);
  }

  /** Resolves when what was set and deleted is on the disk. */
  save(): Promise<void> {
    return this.#notes.put(noteName, { entries: [...this.#entries.values()] });
  }
}

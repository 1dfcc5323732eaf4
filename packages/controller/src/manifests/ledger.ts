/**
 * Which objects came from files, remembered over restarts: no label or annotation tells, so that objects look the same
 * as in a cluster.
 *
 * An entry is written before its object, and forgotten after its object is gone: after a crash in between, the next
 * look at the files mends it.
 *
 * L1. In memory a manifest is kept as its text, a fifth of what its objects take: it is looked at when its file changes.
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

/** L1 */
class KeptEntry implements LedgerEntry {
  readonly file: string;
  readonly uid?: string;
  readonly #text: string;

  constructor({ file, source, uid, ref }: LedgerEntry) {
    this.file = file;
    if (uid !== undefined) this.uid = uid;
    this.#text = JSON.stringify({ source, ref });
  }

  isSameAs(other: KeptEntry | undefined): boolean {
    return other !== undefined && this.file === other.file && this.uid === other.uid && this.#text === other.#text;
  }

  get source(): Resource {
    return (JSON.parse(this.#text) as LedgerEntry).source;
  }

  get ref(): ResourceRef {
    return (JSON.parse(this.#text) as LedgerEntry).ref;
  }
}

export class Ledger {
  readonly #notes: Notes;
  readonly #entries: Map<ObjectKey, KeptEntry>;
  #isSaved = true;

  constructor(notes: Notes) {
    this.#notes = notes;
    const stored = notes.get(noteName);
    const entries = isObject(stored) && Array.isArray(stored['entries']) ? (stored['entries'] as LedgerEntry[]) : [];
    this.#entries = new Map(entries.map((entry) => [objectKey(entry.ref), new KeptEntry(entry)]));
  }

  get(key: ObjectKey): LedgerEntry | undefined {
    return this.#entries.get(key);
  }

  entries(): readonly (readonly [ObjectKey, LedgerEntry])[] {
    return [...this.#entries];
  }

  set(entry: LedgerEntry): void {
    const key = objectKey(entry.ref);
    const kept = new KeptEntry(entry);
    if (kept.isSameAs(this.#entries.get(key))) return;
    this.#entries.set(key, kept);
    this.#isSaved = false;
  }

  delete(key: ObjectKey): void {
    if (this.#entries.delete(key)) this.#isSaved = false;
  }

  /** Resolves when what was set and deleted is on the disk. Nothing is written when nothing differs: every start applies all. */
  async save(): Promise<void> {
    if (this.#isSaved) return;
    this.#isSaved = true;
    const entries = [...this.#entries.values()].map(
      ({ ref, file, source, uid }): LedgerEntry => ({ ref, file, source, ...(uid === undefined ? {} : { uid }) }),
    );
    try {
      await this.#notes.put(noteName, { entries });
    } catch (error) {
      this.#isSaved = false;
      throw error;
    }
  }
}

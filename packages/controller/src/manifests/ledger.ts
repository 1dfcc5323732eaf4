/**
 * Which objects came from files, remembered over restarts: no label or annotation tells, so that objects look the same
 * as in a cluster.
 *
 * An entry is written before its object, and forgotten after its object is gone: after a crash in between, the next
 * look at the files mends it.
 *
 * L1. In memory of each manifest that is saved a digest is kept: what it says is read from the disk when its file changes,
 *     of all manifests at once, and let go of with `release`.
 */
import { createHash } from 'node:crypto';
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

/** Two states of one manifest have to differ in it, nothing more. */
const digestBytes = 16;

/** Name of the note in the store. */
const noteName = 'manifests';

/** Where an entry reads what it does not keep. */
type ReadSaved = (key: ObjectKey) => Pick<LedgerEntry, 'source' | 'ref'>;

/** L1 */
class KeptEntry implements LedgerEntry {
  readonly file: string;
  readonly uid?: string;
  readonly #read: ReadSaved;
  readonly #key: ObjectKey;
  readonly #digest: string;
  /** Until it is saved. */
  #unsaved: Pick<LedgerEntry, 'source' | 'ref'> | undefined;

  constructor(key: ObjectKey, { file, source, uid, ref }: LedgerEntry, read: ReadSaved) {
    this.file = file;
    if (uid !== undefined) this.uid = uid;
    this.#read = read;
    this.#key = key;
    this.#digest = createHash('shake128', { outputLength: digestBytes })
      .update(JSON.stringify({ source, ref }))
      .digest('base64');
    this.#unsaved = { source, ref };
  }

  isSameAs(other: KeptEntry | undefined): boolean {
    return other !== undefined && this.file === other.file && this.uid === other.uid && this.#digest === other.#digest;
  }

  saved(): void {
    this.#unsaved = undefined;
  }

  get source(): Resource {
    return (this.#unsaved ?? this.#read(this.#key)).source;
  }

  get ref(): ResourceRef {
    return (this.#unsaved ?? this.#read(this.#key)).ref;
  }
}

export class Ledger {
  readonly #notes: Notes;
  readonly #entries = new Map<ObjectKey, KeptEntry>();
  /** What is saved, while it is being looked at (L1). */
  #saved: ReadonlyMap<ObjectKey, LedgerEntry> | undefined;
  #isSaved = true;
  readonly #read: ReadSaved = (key) => {
    this.#saved ??= savedEntries(this.#notes);
    const entry = this.#saved.get(key);
    if (entry === undefined) throw new Error(`the manifest of ${key} is not among those that were saved`);
    return entry;
  };

  constructor(notes: Notes) {
    this.#notes = notes;
    this.#saved = savedEntries(notes);
    for (const [key, entry] of this.#saved) {
      const kept = new KeptEntry(key, entry, this.#read);
      kept.saved();
      this.#entries.set(key, kept);
    }
  }

  get(key: ObjectKey): LedgerEntry | undefined {
    return this.#entries.get(key);
  }

  /** Lets go of what was read to look at manifests (L1). */
  release(): void {
    this.#saved = undefined;
  }

  entries(): readonly (readonly [ObjectKey, LedgerEntry])[] {
    return [...this.#entries];
  }

  set(entry: LedgerEntry): void {
    const key = objectKey(entry.ref);
    const kept = new KeptEntry(key, entry, this.#read);
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
    const kept = [...this.#entries.values()];
    const entries = kept.map(
      ({ ref, file, source, uid }): LedgerEntry => ({ ref, file, source, ...(uid === undefined ? {} : { uid }) }),
    );
    try {
      await this.#notes.put(noteName, { entries });
    } catch (error) {
      this.#isSaved = false;
      throw error;
    }
    for (const entry of kept) entry.saved();
    this.release();
  }
}

function savedEntries(notes: Notes): ReadonlyMap<ObjectKey, LedgerEntry> {
  const stored = notes.get(noteName);
  const entries = isObject(stored) && Array.isArray(stored['entries']) ? (stored['entries'] as LedgerEntry[]) : [];
  return new Map(entries.map((entry) => [objectKey(entry.ref), entry]));
}

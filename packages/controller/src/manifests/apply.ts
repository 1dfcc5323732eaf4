/**
 * Brings the store to what the files say: what to do is planned by a pure function, then done.
 *
 * M1. A file with errors changes nothing: its objects stay as they were last applied.
 * M2. Only objects that came from files are removed, and only when they are gone from files that were looked at.
 * M3. Doing it again changes nothing.
 */
import type { ResourceRef } from '@millrace/api';
import { jsonEqual } from '../store/json.ts';
import { type ObjectKey, objectKey, refOf, shortName } from '../store/keys.ts';
import type { ResourceStore } from '../store/store.ts';
import { isStoreError } from '../store/store-error.ts';
import { describeChanges, diffResources, type FieldChange } from './diff.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { fieldProblem } from './load.ts';
import type { LoadedManifests, ManifestError, ManifestObject } from './manifest.ts';
import { mergeManifest } from './merge.ts';

/** Objects written at once: they share transactions. */
const writesAtOnce = 100;
/** Tries of a write that others were quicker than. */
const conflictsMax = 5;

export interface AppliedChange {
  readonly kind: 'added' | 'changed' | 'removed';
  readonly ref: ResourceRef;
  readonly file: string;
  readonly changes: readonly FieldChange[];
  /** In words: `trigger/ship changed: filter type "order.paid" → "order.created"`. */
  readonly text: string;
}

export interface ApplyPlan {
  readonly apply: readonly ManifestObject[];
  readonly remove: readonly (readonly [ObjectKey, LedgerEntry])[];
}

/**
 * What is to be done. `all`: every object is applied, changed in its file or not (at the start); otherwise only those
 * whose manifest changed. `isUnder` says whether a file belongs to the paths that were looked at.
 */
export function planApply(
  loaded: LoadedManifests,
  ledger: Pick<Ledger, 'get' | 'entries'>,
  options: { readonly all: boolean; readonly isUnder: (file: string) => boolean },
): ApplyPlan {
  const present = new Set(loaded.objects.map(({ resource }) => objectKey(refOf(resource))));
  const broken = new Set(loaded.files.filter(({ errors }) => errors.length > 0).map(({ file }) => file));
  const inBrokenPath = (file: string) => [...broken].some((path) => file === path || file.startsWith(`${path}/`));
  return {
    apply: loaded.objects.filter((object) => {
      const entry = ledger.get(objectKey(refOf(object.resource)));
      return (
        options.all ||
        entry?.uid === undefined ||
        entry.file !== object.file ||
        !jsonEqual(entry.source, object.resource)
      );
    }),
    remove: ledger
      .entries()
      .filter(([key, { file }]) => !present.has(key) && options.isUnder(file) && !inBrokenPath(file)), // M1, M2
  };
}

export interface ApplyResult {
  readonly changes: readonly AppliedChange[];
  readonly errors: readonly ManifestError[];
}

/** Carries out a plan. Never rejects for what a single object meets; that is among the errors. */
export async function carryOut(plan: ApplyPlan, store: ResourceStore, ledger: Ledger): Promise<ApplyResult> {
  const changes: AppliedChange[] = [];
  const errors: ManifestError[] = [];
  const before = new Map(plan.apply.map((object) => [object, ledger.get(objectKey(refOf(object.resource)))]));
  for (const [object, entry] of before) {
    if (entry === undefined) ledger.set({ ref: refOf(object.resource), file: object.file, source: object.resource });
  }
  if (plan.apply.length > 0) await ledger.save();

  await inChunks(plan.apply, async (object) => {
    const entry = before.get(object);
    const result = await applyObject(object, entry, store);
    if ('error' in result) {
      errors.push(result.error);
      if (entry === undefined) ledger.delete(objectKey(refOf(object.resource)));
      return;
    }
    ledger.set({
      ref: refOf(object.resource),
      file: object.file,
      source: object.resource,
      ...(result.uid === undefined ? {} : { uid: result.uid }),
    });
    if (result.change !== undefined) changes.push(result.change);
  });
  await inChunks(plan.remove, async ([key, entry]) => {
    try {
      const change = await removeObject(entry, store);
      if (change !== undefined) changes.push(change);
      ledger.delete(key);
    } catch (error) {
      errors.push({
        file: entry.file,
        object: entry.ref,
        message: `${shortName(entry.ref)} cannot be removed: ${reason(error)}`,
      });
    }
  });
  if (plan.apply.length + plan.remove.length > 0) await ledger.save();
  return { changes, errors };
}

type Applied = { readonly uid?: string; readonly change?: AppliedChange } | { readonly error: ManifestError };

async function applyObject(
  object: ManifestObject,
  entry: LedgerEntry | undefined,
  store: ResourceStore,
): Promise<Applied> {
  const { resource, file } = object;
  const ref = refOf(resource);
  for (let tried = 1; ; tried++) {
    try {
      const live = await store.get(ref);
      if (live === undefined) {
        const { uid = '' } = (await store.create(resource)).metadata;
        return { uid, change: { kind: 'added', ref, file, changes: [], text: `${shortName(ref)} added` } };
      }
      const own = entry?.uid !== undefined && entry.uid === live.metadata.uid ? entry.source : undefined;
      const stored = await store.update(mergeManifest(own, resource, live));
      const changes = diffResources(live, stored);
      const uid = stored.metadata.uid ?? '';
      if (changes.length === 0) return { uid };
      return { uid, change: { kind: 'changed', ref, file, changes, text: describeChanges(stored, changes) } };
    } catch (error) {
      const raced = isStoreError(error, 'conflict') || isStoreError(error, 'already-exists');
      if (!raced || tried >= conflictsMax) return { error: problemOf(object, ref, error) };
    }
  }
}

function problemOf(object: ManifestObject, ref: ResourceRef, error: unknown): ManifestError {
  const { file, document, position, locate } = object;
  const fieldError = isStoreError(error, 'invalid') ? error.details.fieldErrors?.[0] : undefined;
  if (fieldError === undefined) {
    return { file, document, position, object: ref, message: `${shortName(ref)} cannot be applied: ${reason(error)}` };
  }
  const problem = fieldProblem({ file, document, locate, object: ref }, fieldError);
  if (!fieldError.message.startsWith('Immutable')) return problem;
  return { ...problem, message: `${problem.message}: remove ${shortName(ref)} from the file first, then add it again` };
}

async function removeObject(entry: LedgerEntry, store: ResourceStore): Promise<AppliedChange | undefined> {
  const { ref, file, uid } = entry;
  try {
    const live = await store.get(ref);
    // M2: one of another UID was made by other means.
    if (live === undefined || (uid !== undefined && live.metadata.uid !== uid)) return undefined;
    await store.delete(ref, live.metadata.uid === undefined ? {} : { preconditions: { uid: live.metadata.uid } });
    return { kind: 'removed', ref, file, changes: [], text: `${shortName(ref)} removed` };
  } catch (error) {
    if (isStoreError(error, 'not-found')) return undefined;
    throw error;
  }
}

async function inChunks<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += writesAtOnce) {
    await Promise.all(items.slice(at, at + writesAtOnce).map(action));
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

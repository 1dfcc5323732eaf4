/**
 * Where a local store keeps its objects. The store holds them all in memory; this only has to give them back.
 *
 * P1. `write` resolves when everything in it is on the disk, and changes all of it or nothing.
 */
import type { Resource } from '@millrace/api';
import type { ObjectKey } from '../keys.ts';

interface PersistedState {
  /** The greatest version that was ever written. */
  readonly version: number;
  readonly objects: readonly Resource[];
}

export interface PersistedWrite {
  readonly version: number;
  readonly put: readonly { readonly key: ObjectKey; readonly object: Resource }[];
  readonly remove: readonly ObjectKey[];
}

/** Small durable values beside the objects, by name: what a process has to remember from run to run. */
export interface Notes {
  get(name: string): unknown;
  /** Resolves when it is on the disk. */
  put(name: string, value: unknown): Promise<void>;
}

export interface Persistence {
  load(): PersistedState;
  write(write: PersistedWrite): Promise<void>;
  readonly notes: Notes;
  close(): Promise<void>;
}

/** Keeps nothing: for tests and for runs that are to leave no trace. */
export function memoryPersistence(): Persistence {
  const objects = new Map<ObjectKey, Resource>();
  const notes = new Map<string, unknown>();
  let version = 0;
  return {
    load: () => ({ version, objects: [...objects.values()] }),
    write: async (write) => {
      for (const { key, object } of write.put) objects.set(key, object);
      for (const key of write.remove) objects.delete(key);
      version = write.version;
    },
    notes: {
      get: (name) => notes.get(name),
      put: async (name, value) => void notes.set(name, value),
    },
    close: async () => {},
  };
}

/** Opens the local store of a data directory, with what local mode provides of its own. */
import { join } from 'node:path';
import { channelTemplateKey, defaultChannelConfigMap, type Resource, systemNamespace } from '@millrace/api';
import type { Clock, Logger, Random } from '@millrace/runtime';
import { isStoreError } from '../store-error.ts';
import { type OpenFailureCode, openLmdbPersistence } from './lmdb-persistence.ts';
import { LocalStore } from './local-store.ts';
import { memoryPersistence } from './persistence.ts';

export interface OpenLocalStoreOptions {
  /** The store is in its folder `resources`. Absent: in memory only, for runs that are to leave no trace. */
  readonly dataDirectory?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly historyChanges?: number;
}

export type OpenedLocalStore =
  | { readonly kind: 'opened'; readonly store: LocalStore }
  | { readonly kind: 'failed'; readonly code: OpenFailureCode; readonly message: string };

/** With the ConfigMap that Knative's YAML of a Broker names in `spec.config`: what it ships is in memory, ours is durable. */
const provided: readonly Resource[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: defaultChannelConfigMap, namespace: systemNamespace },
    data: {
      [channelTemplateKey]: 'apiVersion: messaging.millrace.dev/v1alpha1\nkind: LogChannel\n',
    },
  },
];

/** Never throws for what is on the disk. */
export async function openLocalStore(options: OpenLocalStoreOptions): Promise<OpenedLocalStore> {
  const { dataDirectory } = options;
  const opened =
    dataDirectory === undefined
      ? { kind: 'opened' as const, persistence: memoryPersistence() }
      : await openLmdbPersistence(join(dataDirectory, 'resources'));
  if (opened.kind === 'failed') return opened;
  const store = new LocalStore({ ...options, persistence: opened.persistence });
  try {
    for (const object of provided) await createUnlessThere(store, object);
  } catch (error) {
    await store.close();
    return { kind: 'failed', code: 'io', message: error instanceof Error ? error.message : String(error) };
  }
  return { kind: 'opened', store };
}

async function createUnlessThere(store: LocalStore, object: Resource): Promise<void> {
  try {
    await store.create(object);
  } catch (error) {
    if (!isStoreError(error, 'already-exists')) throw error;
  }
}

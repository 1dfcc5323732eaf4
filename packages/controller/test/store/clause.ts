/** What the clauses of the store contract are made of. */
import type { ResourceRef } from '@millrace/api';
import { expect } from 'vitest';
import type { ResourceStore } from '../../src/store/store.ts';
import { isStoreError, type StoreErrorCode } from '../../src/store/store-error.ts';
import { eventing } from '../support/objects.ts';

export interface StoreHarness {
  /** A store without any Broker, Trigger or ConfigMap in the namespace `default`. */
  open(): Promise<ResourceStore>;
  close(store: ResourceStore): Promise<void>;
  /** Changes that are enough for a watch from before them to be too old. */
  readonly changesForgotten: number;
}

/** The clauses by name, so that a canary can ask whether a broken store is caught. */
export type Clause = (store: ResourceStore, harness: StoreHarness) => Promise<void>;

export const ref = (name: string, kind = 'Broker'): ResourceRef => ({
  apiVersion: eventing,
  kind,
  namespace: 'default',
  name,
});
export const brokers = { apiVersion: eventing, kind: 'Broker' };

export async function refused(code: StoreErrorCode, action: () => Promise<unknown>): Promise<void> {
  const outcome = await action().then(
    () => 'no error',
    (error: unknown) => error,
  );
  expect(isStoreError(outcome, code), `expected ${code}, got ${String(outcome)}`).toBe(true);
}

/** The control plane on a store in memory, made anew for each test of a file. */
import { findCondition, type Resource } from '@millrace/api';
import { systemClock, systemRandom } from '@millrace/runtime';
import { afterEach, beforeEach } from 'vitest';
import { type Controller, createController } from '../../src/reconcile/controller.ts';
import type { LocalStore } from '../../src/store/local/local-store.ts';
import { eventing, memoryStore } from './objects.ts';

export let store: LocalStore;
export let controller: Controller;
export const baseUrl = 'http://localhost:8080';

export function start(more: Partial<Parameters<typeof createController>[0]> = {}): Controller {
  return createController({
    store,
    clock: systemClock,
    random: systemRandom,
    options: {
      baseUrl,
      gitHubReceiverUrl: ({ namespace, name }) => `http://localhost:8080/github/${namespace}/${name}`,
    },
    ...more,
  });
}

/** For tests that start another controller on the same store. */
export function useController(other: Controller): void {
  controller = other;
}

beforeEach(async () => {
  store = memoryStore();
  controller = start();
  await controller.start();
});
afterEach(async () => {
  await controller.stop();
  await store.close();
});

export async function see(kind: string, name: string, apiVersion = eventing): Promise<Resource> {
  await controller.idle();
  const found = await store.get({ apiVersion, kind, namespace: 'default', name });
  if (found === undefined) throw new Error(`${kind} ${name} is not there`);
  return found;
}

export const condition = (object: Resource, type: string) => {
  const { status, reason, message } = findCondition(object.status?.conditions, type) ?? {};
  return { status, reason, message };
};
export const readyOf = (object: Resource) => condition(object, 'Ready').status;

export async function annotate(object: Resource, annotations: Record<string, string | null>): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  await store.patch(
    { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name },
    { kind: 'merge', body: { metadata: { annotations } } },
  );
}

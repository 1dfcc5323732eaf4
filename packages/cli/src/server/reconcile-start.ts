/** The start: files are applied, reconcilers run, consumers come up, and the first table is in force. */

import type { RunningParts } from './local-server.ts';
import type { ServiceConsumers } from './service-consumers.ts';

/** How long the start waits for everything to be reconciled before it goes on and names what is not ready. */
const reconcileMsMax = 10_000;

export async function reconcileStart(parts: RunningParts, consumers: ServiceConsumers): Promise<void> {
  const { options, controlPlane, dataPlane } = parts;
  const { controller, manifests } = controlPlane;
  await manifests.start();
  if (options.files.length === 0) await ensureBroker(parts);
  await consumers.start();
  await controller.start();
  await within(options.ports.clock, controller.idle(), reconcileMsMax);
  await dataPlane.apply(controller.routingTable());
}

/** Never an empty screen: without files and without anything stored there is the broker `default`. */
async function ensureBroker({ controlPlane: { store } }: RunningParts): Promise<void> {
  const selection = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker' };
  const { items } = await store.list(selection);
  if (items.length === 0) await store.create({ ...selection, metadata: { name: 'default', namespace: 'default' } });
}

function within(
  clock: RunningParts['options']['ports']['clock'],
  work: Promise<unknown>,
  limitMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(limitMs, resolve, { ref: true });
    work.then(
      () => {
        timer.cancel();
        resolve();
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}

/** Consumers follow the store however much changes at once: a watch that fell behind is no end of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalStore, openLocalStore } from '@millrace/controller';
import { silentLogger, systemClock, systemRandom } from '@millrace/runtime';
import { waitFor } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createServiceConsumers, type ServiceConsumers } from '../../src/server/service-consumers.ts';

/** Changes the store remembers for watches: a burst of a few hundred is far more. */
const historyChanges = 8;
const burst = 300;
const viewer = 'serving.knative.dev/v1';

let folder: string;
let store: LocalStore;
let consumers: ServiceConsumers;
const ports = { clock: systemClock, logger: silentLogger };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-consumers-'));
  const opened = await openLocalStore({ ...ports, random: systemRandom, historyChanges });
  if (opened.kind === 'failed') throw new Error(opened.message);
  ({ store } = opened);
  consumers = createServiceConsumers({
    ...ports,
    store,
    dataDir: folder,
    cwd: folder,
    env: {},
    fileOf: () => undefined,
    print: () => {},
  });
});
afterEach(async () => {
  await consumers.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const many = (prefix: string) =>
  Promise.all(
    Array.from({ length: burst }, (_, n) =>
      store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${prefix}-${n}`, namespace: 'default' } }),
    ),
  );
const createViewer = (name: string) =>
  store.create({
    apiVersion: viewer,
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { template: { spec: { containers: [{ image: 'x/event_display' }] } } },
  });
const consumerOf = async (name: string) =>
  (await store.get({ apiVersion: viewer, kind: 'Service', namespace: 'default', name }))?.status?.['consumer'];

describe('S8 of the store: a watch that fell behind ends with `gone`', () => {
  test('canary: with this history a watch that nobody reads does fall behind', async () => {
    const watch = store.watch({ apiVersion: viewer, kind: 'Service' });
    await many('a');
    await expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'gone' });
  });

  test('more changes than are remembered before the start: consumers start, and those that come later too', async () => {
    await many('a');
    await createViewer('first');
    await consumers.start();
    await consumers.settled();
    expect(await consumerOf('first')).toBe('listening');
    await createViewer('second');
    await waitFor('the second one listens', async () => (await consumerOf('second')) === 'listening');
  });

  test('and while it runs: what came and what went in between is found', async () => {
    await createViewer('goes');
    await consumers.start();
    await consumers.settled();
    const going = store.delete({ apiVersion: viewer, kind: 'Service', namespace: 'default', name: 'goes' });
    await Promise.all([going, many('a'), createViewer('comes'), many('b')]);
    await waitFor('the new one listens', async () => (await consumerOf('comes')) === 'listening');
    await many('c');
    await createViewer('last');
    await waitFor('the last one listens', async () => (await consumerOf('last')) === 'listening');
  });
});

/** Readiness is a promise about events: it waits for the data plane, and for nothing longer than that. */
import { findCondition } from '@millrace/api';
import { systemClock, systemRandom } from '@millrace/runtime';
import { afterEach, expect, test } from 'vitest';
import { type Controller, createController } from '../../src/reconcile/controller.ts';
import { broker, eventing, memoryStore, trigger } from '../support/objects.ts';

const store = memoryStore();
let controller: Controller | undefined;

afterEach(async () => {
  await controller?.stop();
  await store.close();
});

test('a Trigger is ready when the data plane serves it, not before; a table that came into force is enough to look again', async () => {
  const served = new Set<string>();
  let started = false;
  controller = createController({
    store,
    clock: systemClock,
    random: systemRandom,
    options: { baseUrl: 'http://localhost:8080', serves: (uid) => (started ? served.has(uid) : undefined) },
  });
  const conditionsOf = async (name: string) => {
    await controller?.idle();
    const seen = await store.get({ apiVersion: eventing, kind: 'Trigger', namespace: 'default', name });
    return ['SubscriptionReady', 'Ready'].map((type) => {
      const { status, reason } = findCondition(seen?.status?.conditions, type) ?? {};
      return [status, reason];
    });
  };
  const brokerUid = (await store.create(broker())).metadata.uid ?? '';
  await store.create(trigger('early'));
  await controller.start();
  expect(await conditionsOf('early'), 'before the first table nobody knows').toEqual([
    ['True', undefined],
    ['True', undefined],
  ]);

  started = true;
  const { metadata } = await store.create(trigger('late'));
  const waiting = ['Unknown', 'SubscriptionNotConfigured'];
  expect(await conditionsOf('late')).toEqual([waiting, waiting]);
  controller.tableApplied();
  expect(await conditionsOf('late'), 'a table without it').toEqual([waiting, waiting]);
  served.add(metadata.uid ?? '');
  served.add(brokerUid);
  controller.tableApplied();
  expect(await conditionsOf('late')).toEqual([
    ['True', undefined],
    ['True', undefined],
  ]);
});

test('a Broker is ready when its log is open, not before, and its Triggers wait with it', async () => {
  const served = new Set<string>();
  const other = memoryStore();
  controller = createController({
    store: other,
    clock: systemClock,
    random: systemRandom,
    options: { baseUrl: 'http://localhost:8080', serves: (uid) => served.has(uid) },
  });
  const readyOf = async (kind: string, name: string) => {
    await controller?.idle();
    const seen = await other.get({ apiVersion: eventing, kind, namespace: 'default', name });
    const { status, reason } = findCondition(seen?.status?.conditions, 'Ready') ?? {};
    return [status, reason];
  };
  const uids = [
    (await other.create(broker())).metadata.uid ?? '',
    (await other.create(trigger('t'))).metadata.uid ?? '',
  ];
  await controller.start();
  const waiting = ['Unknown', 'IngressNotServing'];
  expect([await readyOf('Broker', 'default'), await readyOf('Trigger', 't')]).toEqual([waiting, waiting]);
  for (const uid of uids) served.add(uid);
  controller.tableApplied();
  const ready = ['True', undefined];
  expect([await readyOf('Broker', 'default'), await readyOf('Trigger', 't')]).toEqual([ready, ready]);
});

/** The log on three nodes: partitions led by all of them, and one of them killed while it is used. */
import { silentLogger, systemClock } from '@millrace/runtime';
import { waitFor } from '@millrace/testkit';
import { expect, it } from 'vitest';
import { sharedKafkaCluster } from '../../../../../test/servers/index.ts';
import { createKafkaLogAdmin, createKafkaStore } from '../../../src/log/kafka/index.ts';
import { cursor, idOf, newRecord, plenty, readAll } from '../contract-world.ts';
import { backingOf, newTopic } from './world.ts';

const cluster = sharedKafkaCluster(3);
const cursors = Array.from({ length: 12 }, (_, at) => `cursor-${at}`);

it('L1, L4: one of three nodes is killed with -9: no append or commit fails, nothing is lost or stored twice, keys keep their order', async () => {
  const backing = {
    ...backingOf('', newTopic(), { partitions: 6, replicationFactor: 3, topicConfig: { 'min.insync.replicas': '2' } }),
    cluster: { servers: cluster().servers.split(',') },
  };
  const admin = createKafkaLogAdmin({ clock: systemClock, logger: silentLogger });
  expect(await admin.ensure(backing)).toEqual({ kind: 'ready', made: true, warnings: [] });
  const store = createKafkaStore({ clock: systemClock, logger: silentLogger });
  const log = await store.open('log', plenty, backing);
  const appended = new Map<string, string[]>();
  const outcomes = { appended: 0, committed: 0, others: [] as unknown[] };
  let stopped = false;
  const writers = Array.from({ length: 16 }, async (_, at) => {
    const ids: string[] = [];
    appended.set(`key-${at}`, ids);
    while (!stopped) {
      const record = newRecord(300, `key-${at}`);
      const outcome = await log.append([record]);
      if (outcome.kind !== 'appended') outcomes.others.push(outcome);
      else {
        ids.push(idOf(record));
        outcomes.appended += 1;
      }
    }
  });
  const committer = (async () => {
    while (!stopped) {
      const put = cursors.map((name) => cursor(name, 0, outcomes.committed + 1));
      const outcome = await log.commit({ put, remove: [], readUpTo: [{ partition: 0, offset: outcomes.committed }] });
      if (outcome.kind === 'committed') outcomes.committed += 1;
      else outcomes.others.push(outcome);
    }
  })();
  await waitFor('it runs', () => outcomes.appended > 500 && outcomes.committed > 5, { timeoutMs: 30_000 });
  await cluster().nodes[1]!.kill();
  const before = { ...outcomes };
  await waitFor(
    'it goes on',
    () => outcomes.appended > before.appended + 500 && outcomes.committed > before.committed + 5,
    {
      timeoutMs: 30_000,
    },
  );
  stopped = true;
  await Promise.all([...writers, committer]);
  expect(outcomes.others).toEqual([]);
  const byKey = Map.groupBy(await readAll(log), (record) => record.key ?? '');
  for (const [key, ids] of appended) expect((byKey.get(key) ?? []).map(idOf)).toEqual(ids);
  const stored = await log.loadCursors(cursors);
  expect(stored.cursors.map(({ seenUpTo }) => seenUpTo)).toEqual(cursors.map(() => outcomes.committed));
  await store.close();
}, 120_000);

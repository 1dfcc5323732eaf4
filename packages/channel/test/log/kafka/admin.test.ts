/** Topics as the control plane deals with them, against live nodes: made, checked, refused with what to do, removed. */
import { silentLogger, systemClock } from '@millrace/runtime';
import { describe, expect, it } from 'vitest';
import { sharedKafka } from '../../../../../test/servers/index.ts';
import { createKafkaLogAdmin } from '../../../src/log/kafka/index.ts';
import { backingOf, newTopic } from './world.ts';

const kafka = sharedKafka();
const admin = createKafkaLogAdmin({ clock: systemClock, logger: silentLogger, limits: { connectMs: 1_000 } });
const backing = (topic: string, more: Parameters<typeof backingOf>[2] = {}) => backingOf(kafka().servers, topic, more);

describe('createKafkaLogAdmin', () => {
  it('makes an owned topic once, with its partitions and configuration, and removes it', async () => {
    const topic = newTopic();
    const wanted = backing(topic, { partitions: 4, topicConfig: { 'retention.ms': '3600000' } });
    expect(await admin.ensure(wanted)).toMatchObject({ kind: 'ready', made: true });
    const again = await admin.ensure(wanted);
    expect(again).toMatchObject({ kind: 'ready', made: false });
    expect(again).toHaveProperty('warnings', [expect.stringContaining('one replica')]);
    const other = await admin.ensure({ ...wanted, partitions: 5 });
    expect(other).toHaveProperty('warnings', expect.arrayContaining([expect.stringContaining('4 partitions and 5')]));
    expect(await admin.remove(wanted)).toMatchObject({ kind: 'ready' });
    expect(await admin.remove(wanted)).toMatchObject({ kind: 'ready' });
    expect(await admin.ensure({ ...wanted, owned: false })).toMatchObject({ kind: 'refused', reason: 'TopicNotFound' });
  });

  it('an external topic must be there, and stays when its log is removed', async () => {
    const topic = newTopic();
    expect(await admin.ensure(backing(topic, { owned: false }))).toMatchObject({
      kind: 'refused',
      reason: 'TopicNotFound',
      message: expect.stringContaining('make it'),
    });
    await admin.ensure(backing(topic));
    const external = backing(topic, { owned: false, partitions: 9, replicationFactor: 3 });
    expect(await admin.ensure(external)).toMatchObject({ kind: 'ready', made: false });
    await admin.remove(external);
    expect(await admin.ensure(external)).toMatchObject({ kind: 'ready' });
  });

  it('more replicas than live nodes are refused with what to do, and nothing is made', async () => {
    const topic = newTopic();
    expect(await admin.ensure(backing(topic, { replicationFactor: 3 }))).toMatchObject({
      kind: 'refused',
      reason: 'NotEnoughBrokers',
      message: expect.stringMatching(/1 are live.*lower default.topic.replication.factor to 1/),
    });
    expect(await admin.ensure(backing(topic, { owned: false }))).toMatchObject({ reason: 'TopicNotFound' });
  });

  it('min.insync.replicas that can never be met is refused, on an external topic too', async () => {
    const topicConfig = { 'min.insync.replicas': '2' };
    const refused = { kind: 'refused', reason: 'InvalidMinInSyncReplicas' };
    expect(await admin.ensure(backing(newTopic(), { topicConfig }))).toMatchObject(refused);
  });

  it('a configuration that Kafka does not know is refused with its words', async () => {
    const outcome = await admin.ensure(backing(newTopic(), { topicConfig: { 'no.such.setting': '1' } }));
    expect(outcome).toMatchObject({
      kind: 'refused',
      reason: 'InvalidConfig',
      message: expect.stringContaining('no.such'),
    });
  });

  it('a compacted topic is warned of', async () => {
    const outcome = await admin.ensure(backing(newTopic(), { topicConfig: { 'cleanup.policy': 'compact' } }));
    expect(outcome).toHaveProperty('warnings', expect.arrayContaining([expect.stringContaining('compacted')]));
  });

  it('servers that do not answer: unreachable, with what to look at', async () => {
    const nowhere = backingOf('127.0.0.1:9', newTopic());
    expect(await admin.ensure(nowhere)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('check the addresses'),
    });
  }, 30_000);
});

/** K5: many groups of one client join at once, against a real server with Kafka's own wait before a new group's first round. */
import { waitFor } from '@millrace/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedKafka } from '../../../../test/servers/index.ts';
import { type Clock, silentLogger, systemClock } from '../../src/index.ts';
import { createKafkaAdmin, createKafkaClient } from '../../src/kafka/index.ts';
import type { KafkaClient, Membership } from '../../src/kafka/port.ts';

/** A group without members waits so long for further ones. The default of Kafka is 3,000. */
const firstRoundMs = 1_000;
const sessionMs = 10_000;
const kafka = sharedKafka({ properties: { 'group.initial.rebalance.delay.ms': firstRoundMs } });
const clients = new Set<KafkaClient>();
let names = 0;

afterEach(async () => {
  await Promise.all([...clients].map((client) => client.close()));
  clients.clear();
});

function options(clock: Clock = systemClock) {
  const cluster = { servers: [kafka().servers] };
  return { cluster, clock, logger: silentLogger, limits: { sessionMs, heartbeatMs: 200 } };
}

async function newClient(clock?: Clock): Promise<KafkaClient> {
  const client = await createKafkaClient(options(clock));
  clients.add(client);
  return client;
}

/** A topic of one partition, and a group's name. */
async function newTopic(): Promise<string> {
  names += 1;
  const topic = `joining-${process.pid}-${names}`;
  const admin = await createKafkaAdmin(options());
  const made = await admin.createTopic({ name: topic, partitions: 1, replicationFactor: 1, config: {} });
  await admin.close();
  expect(made).toMatchObject({ kind: 'ok' });
  return topic;
}

function join(client: KafkaClient, topic: string): Membership {
  return client.join(`group-${topic}`, topic, {
    assigned: async () => {},
    revoked: async () => {},
    lost: () => {},
  });
}

const serves = (membership: Membership) => membership.partitions.length === 1;

describe('joining groups', () => {
  it('K5: twelve new groups wait for their first round beside each other, not one after the other', async () => {
    const topics = await Promise.all(Array.from({ length: 12 }, newTopic));
    const client = await newClient();
    const beganMs = performance.now();
    const memberships = topics.map((topic) => join(client, topic));
    await waitFor('all have their partition', () => memberships.every(serves), { timeoutMs: 30_000 });
    // One after the other they need twenty.
    expect(performance.now() - beganMs).toBeLessThan(8 * firstRoundMs);
  }, 40_000);

  it('K5: a group that waits for a member which does not answer keeps no other group waiting', async () => {
    const [stuck, free] = [await newTopic(), await newTopic()];
    const other = await newClient();
    const gone = join(other, stuck);
    await waitFor('the other process has it', () => serves(gone), { timeoutMs: 10_000 });
    await other.close(); // Without leaving: the group waits for it until its session has run out.
    const client = await newClient();
    const waiting = join(client, stuck);
    const beganMs = performance.now();
    await waitFor('its join is under way', async () => (await client.describeTopic(stuck)).kind === 'ok');
    const quick = join(client, free);
    await waitFor('the free group has its partition', () => serves(quick), { timeoutMs: 20_000 });
    expect(performance.now() - beganMs).toBeLessThan(firstRoundMs + sessionMs / 2);
    expect(serves(waiting)).toBe(false);
    await waitFor('the session of the other ran out', () => serves(waiting), { timeoutMs: 20_000 });
  }, 40_000);

  it('K6: a process that stood still for longer than its session does not wait for its former self', async () => {
    const topic = await newTopic();
    let stoodStillMs = 0;
    const client = await newClient({ ...systemClock, monotonic: () => systemClock.monotonic() + stoodStillMs });
    let lost = 0;
    const membership = client.join(`group-${topic}`, topic, {
      assigned: async () => {},
      revoked: async () => {},
      lost: () => {
        lost += 1;
      },
    });
    await waitFor('it has its partition', () => serves(membership), { timeoutMs: 10_000 });
    stoodStillMs = sessionMs;
    await waitFor('it took its partition for lost', () => lost === 1, { timeoutMs: 5_000 });
    const beganMs = performance.now();
    await waitFor('it has its partition again', () => serves(membership), { timeoutMs: 20_000 });
    expect(performance.now() - beganMs).toBeLessThan(sessionMs / 2);
  }, 30_000);

  it.each([0, 5, 20, 50, 200])(
    'K6: who leaves %i ms after it began to join leaves nobody behind that the next one waits for',
    async (afterMs) => {
      const topic = await newTopic();
      const client = await newClient();
      const first = join(client, topic);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await first.leave();
      const next = join(client, topic);
      const beganMs = performance.now();
      await waitFor('the next one has it', () => serves(next), { timeoutMs: 20_000 });
      expect(performance.now() - beganMs).toBeLessThan(firstRoundMs + sessionMs / 2);
    },
    30_000,
  );
});

/**
 * Kafka behind a small client port of our own.
 *
 * `kafkajs` (2.2.4) serves topics, configuration and groups (`admin.ts`). It falls short of these rules, and behind the same
 * port stands `@platformatic/kafka` (2.12.1) with its connections, security, codecs and requests:
 * - cost: producing took 18.9 µs of CPU per record of 1 KiB, idempotent, in batches of 100, against 5.0; reading 4.1
 *   against 2.4. With our own record batches (`wire/`) an event costs 6.5 µs from an event object to its acknowledgement, one
 *   call an event, of which the system's socket write is half;
 * - an offset below retention is passed over in silence (`fromBeginning: true`) or gives nothing for ever (`false`);
 * - offsets cannot be stored without joining the group, nor with a text, nor removed for one topic;
 * - a partition is taken away without a moment to drain it (`member.ts`).
 *
 * Every version of a request that is used here is spoken by Kafka 3.0 and later.
 *
 * The libraries are loaded when a client is made, not with this module: an installation without Kafka does not pay for them.
 */
import type { KafkaClientOptions } from './cluster.ts';
import type { KafkaAdmin, KafkaClient } from './port.ts';

export type { KafkaClientOptions } from './cluster.ts';
export { defaultKafkaLimits, type KafkaLimits } from './limits.ts';
export { murmur2, partitionOfKey } from './murmur2.ts';
export type * from './port.ts';

export async function createKafkaClient(options: KafkaClientOptions): Promise<KafkaClient> {
  const { createClient } = await import('./client.ts');
  return createClient(options);
}

export async function createKafkaAdmin(options: KafkaClientOptions): Promise<KafkaAdmin> {
  const { createAdmin } = await import('./admin.ts');
  return createAdmin(options);
}

/**
 * Writes every example payload of GitHub to a topic, as a plain Kafka client does: no CloudEvents, just JSON with a key and
 * two headers. The repository is the key, so that what happened in one repository stays in order.
 *
 *     node examples/pipeline-kafka/client/produce.ts localhost:9092
 */
import { createRequire } from 'node:module';
import { Kafka, logLevel } from 'kafkajs';

interface Definition {
  readonly name: string;
  readonly examples: readonly { readonly repository?: { readonly full_name?: string } }[];
}

const topic = 'github-payloads';
/** Payloads are up to 40 KB: so many are below the megabyte that Kafka takes at once. */
const batchMax = 20;
const [servers = 'localhost:9092'] = process.argv.slice(2);
const definitions = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Definition[];

const messages = definitions.flatMap(({ name, examples }) =>
  examples.map((payload, index) => ({
    key: payload.repository?.full_name ?? 'none',
    value: JSON.stringify(payload),
    headers: { event: name, delivery: `${name}-${index}`, 'content-type': 'application/json' },
  })),
);

const kafka = new Kafka({ brokers: servers.split(','), logLevel: logLevel.ERROR });
const admin = kafka.admin();
const producer = kafka.producer();
try {
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true });
  await producer.connect();
  for (let from = 0; from < messages.length; from += batchMax) {
    await producer.send({ topic, messages: messages.slice(from, from + batchMax), acks: -1 });
  }
  process.stdout.write(`${messages.length} records written to ${topic}\n`);
} finally {
  await producer.disconnect();
  await admin.disconnect();
}

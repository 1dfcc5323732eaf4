/**
 * Reads what the pipeline wrote, as a plain Kafka client does, and prints each record's value on a line. Ends by itself when
 * it has seen as many different results as it was asked for, or after a while without any.
 *
 *     node examples/pipeline-kafka/client/results.ts localhost:9092 [count]
 */
import { Kafka, logLevel } from 'kafkajs';

const topic = 'github-results';
/** Longest wait for another result. */
const quietMsMax = 60_000;
const [servers = 'localhost:9092', count = 'Infinity'] = process.argv.slice(2);

const kafka = new Kafka({ brokers: servers.split(','), logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: `example-results-${process.pid}` });
const seen = new Set<string>();

let done: () => void = () => {};
const enough = new Promise<void>((resolve) => {
  done = resolve;
});
let timer = setTimeout(done, quietMsMax);

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    const value = message.value?.toString('utf8') ?? '';
    process.stdout.write(`${value}\n`);
    // After a crash some events are delivered a second time: a result counts once.
    seen.add((JSON.parse(value) as { delivery: string }).delivery);
    clearTimeout(timer);
    timer = setTimeout(done, quietMsMax);
    if (seen.size >= Number(count)) done();
  },
});
await enough;
clearTimeout(timer);
await consumer.disconnect();

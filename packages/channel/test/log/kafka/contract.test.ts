/** The log contract, run against Kafka on a real server. */
import { sharedKafka } from '../../../../../test/servers/index.ts';
import { describeEventLog } from '../contract.ts';
import { kafkaHarness } from './world.ts';

const kafka = sharedKafka();

describeEventLog('Kafka', kafkaHarness(kafka));

// Nothing stays in memory, and every answer is short: what is read is read from the broker.
describeEventLog(
  'Kafka with three partitions and no memory',
  kafkaHarness(kafka, { partitions: 3, limits: { cacheBytes: 0, fetchBytes: 400 } }),
);

/** Channels of a process whose log is Apache Kafka: the same cases. */
import { describe } from 'vitest';
import { sharedKafka } from '../servers/index.ts';
import { channelCases } from './support/cases.ts';

describe('Kafka', () => {
  const kafka = sharedKafka();
  const adds = ['ce-knativekafkaoffset', 'ce-knativekafkapartition'];
  channelCases({ adds }, (work) => kafka.prepare(({ url }) => work(url)));
});

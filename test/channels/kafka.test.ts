/** Channels of a process whose log is Apache Kafka: the same cases. */
import { describe } from 'vitest';
import { sharedKafka } from '../servers/index.ts';
import { channelCases } from './support/cases.ts';

const adds = ['ce-knativekafkaoffset', 'ce-knativekafkapartition'];

describe('Kafka', () => channelCases({ adds, on: sharedKafka() }));

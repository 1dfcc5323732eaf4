/** Flows that are changed while events are on their way, on Kafka. */
import { describe } from 'vitest';
import { sharedKafka } from '../servers/index.ts';
import { flowTests } from './suite.ts';

describe('flows on Kafka', { timeout: 180_000 }, () => flowTests('kafka', sharedKafka()));

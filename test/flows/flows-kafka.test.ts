/** Flows that are changed while events are on their way, on Kafka. */
import { describe } from 'vitest';
import { sharedKafka } from '../servers/index.ts';
import { flowTests } from './suite.ts';

describe('flows on Kafka', { timeout: 180_000 }, () => {
  const server = sharedKafka();

  flowTests(
    'kafka',
    () => ['--log', server().url],
    (work) => server.prepare(work),
  );
});

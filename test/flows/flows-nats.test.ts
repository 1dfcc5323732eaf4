/** Flows that are changed while events are on their way, on NATS JetStream. */
import { describe } from 'vitest';
import { sharedNats } from '../servers/index.ts';
import { flowTests } from './suite.ts';

describe('flows on NATS JetStream', { timeout: 180_000 }, () => flowTests('nats', sharedNats()));

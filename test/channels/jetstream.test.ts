/** Channels of a process whose log is NATS JetStream: the same cases. */
import { describe } from 'vitest';
import { sharedNats } from '../servers/index.ts';
import { channelCases } from './support/cases.ts';

describe('JetStream', () => channelCases({ adds: [], on: sharedNats() }));

/** Channels on the log in the data directory. */
import { describe } from 'vitest';
import { channelCases } from './support/cases.ts';

describe('local log', () => channelCases({ adds: [] }));

/** Channels on the log in the data directory. */
import { beforeAll, describe } from 'vitest';
import { channelCases } from './support/cases.ts';

describe('local log', () => channelCases({ adds: [] }, (work) => beforeAll(() => work(undefined))));

/** The log contract, run against JetStream on a real server. */
import { sharedNats } from '../../../../../test/servers/index.ts';
import { describeEventLog } from '../contract.ts';
import { jetStreamHarness } from './world.ts';

// Large enough for the largest event that is taken.
const nats = sharedNats({ configuration: 'max_payload: 16MB' });

describeEventLog(
  'JetStream',
  jetStreamHarness(() => nats().url),
);

// What is read is read from the server; groups are small, and always batches; no cursor fits into the head.
describeEventLog(
  'JetStream without a tail in memory, in small batches, with cursors in keys of their own',
  jetStreamHarness(() => nats().url, {
    tailBytes: 0,
    tailAgainBytes: 0,
    tailsBytes: 0,
    groupRecords: 3,
    singleRecords: 0,
    headBytes: 60,
  }),
);

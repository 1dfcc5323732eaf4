/** The log contract, run against the memory log, the memory log as other logs are, and the local log. */
import { SeededRandom } from '@millrace/testkit';
import { describeEventLog } from './contract.ts';
import { localHarness, memoryHarness } from './worlds.ts';

describeEventLog('memory', memoryHarness());

// Kafka and JetStream have several partitions, and offsets that do not follow each other.
describeEventLog(
  'memory with three partitions and gaps',
  memoryHarness((seed) => {
    const gaps = new SeededRandom(1_000 + seed);
    return { partitions: 3, offsetGap: () => (gaps.chance(0.3) ? gaps.below(5) : 0) };
  }),
);

describeEventLog('local', localHarness());

// Nothing stays in memory, and batches are cut often: what is read is read from disk.
describeEventLog(
  'local without caches, in small batches',
  localHarness({ tailCacheBytes: 0, readCacheBytes: 0, batchRecords: 3 }),
);

/** The main job on every log: the same manifests, the same payloads, the same sums. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sums, sumsOf } from '../demonstration/sums.ts';
import { messagesOnNats, recordsOnKafka } from '../faults/support/stored.ts';
import { sharedKafka, sharedNats } from '../servers/index.ts';
import { temporaryFolder } from '../support/millrace.ts';
import { demonstrate } from './demonstration.ts';

const runMsMax = 150_000;
/** A run that does not end says what it has to say before the test's time is over. */
const testMsMax = 180_000;
const folder = temporaryFolder();
afterAll(() => folder.remove());

async function run(name: string, log: string): Promise<Sums> {
  const { code, stdout, stderr } = await demonstrate(folder.path, name, log, runMsMax);
  const sums = sumsOf(stdout);
  if (code !== 0 || sums === undefined) throw new Error(`--log ${log} ended with ${code}:\n${stdout}\n${stderr}`);
  process.stdout.write(`main job on ${name}: ${JSON.stringify(sums)}\n`);
  return sums;
}

describe('issue 4, must show 4: the main job’s manifests run unchanged on every log: same sums', () => {
  let local: Sums;
  beforeAll(async () => {
    local = await run('local', 'local');
  }, testMsMax);

  test('--log local: at least 300 events, 0 lost, 0 unexpected', () => {
    expect(local).toMatchObject({ lost: 0, unexpected: 0 });
    expect(local.accepted).toBeGreaterThanOrEqual(300);
  });

  describe('--log kafka://', () => {
    const kafka = sharedKafka();

    test('the sums are those of the local log, and the events are on Kafka', { timeout: testMsMax }, async () => {
      expect(await run('kafka', kafka().url)).toEqual(local);
      expect(await recordsOnKafka(kafka(), 'knative-broker-default-github')).toBeGreaterThanOrEqual(local.accepted);
    });
  });

  describe('--log nats://', () => {
    const nats = sharedNats();

    test('the sums are those of the local log, and the events are in JetStream', { timeout: testMsMax }, async () => {
      expect(await run('nats', nats().url)).toEqual(local);
      expect(await messagesOnNats(nats(), 'KN_BROKER_DEFAULT__GITHUB')).toBeGreaterThanOrEqual(local.accepted);
    });
  });
});

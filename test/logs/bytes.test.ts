/**
 * "Bytes of data and values of attributes leave as they came in" on each log, with headers that go along: delivered while the
 * event is still in memory, and again by a process that knows it from the log alone.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { sharedKafka, sharedNats } from '../servers/index.ts';
import { broker, documents, trigger, uri } from '../support/manifests.ts';
import { startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { cases, idOf, passed, send, spoiltInBinary, spoiltInJson } from './bytes.ts';

const testMsMax = 120_000;
const arrivesMsMax = 30_000;

const annotations = '{ millrace.dev/start: earliest }';

const triggerFor = (name: string, sinkUrl: string, format: string) =>
  trigger(name, {
    broker: 'bytes',
    annotations,
    subscriber: uri(`${sinkUrl}/${name}`),
    delivery: `{ format: ${format} }`,
  });

const channel = `apiVersion: messaging.millrace.dev/v1alpha1
kind: LogChannel
metadata: { name: bytes }
`;

const subscription = (name: string, sinkUrl: string) => `apiVersion: messaging.knative.dev/v1
kind: Subscription
metadata: { name: ${name}, annotations: ${annotations} }
spec:
  channel: { apiVersion: messaging.millrace.dev/v1alpha1, kind: LogChannel, name: bytes }
  subscriber: ${uri(`${sinkUrl}/${name}`)}
  delivery: { format: binary }
`;

/** A Broker and a channel, and who gets their events: those of `later` come with the second process. */
const manifestFor = (sinkUrl: string, when: 'first' | 'later') =>
  documents(
    broker('bytes'),
    channel,
    triggerFor(`binary-${when}`, sinkUrl, 'binary'),
    triggerFor(`json-${when}`, sinkUrl, 'json'),
    subscription(`channel-${when}`, sinkUrl),
  );

async function bytesInAreBytesOut(log: string): Promise<void> {
  const folder = temporaryFolder();
  const sink = new Sink();
  const sinkUrl = await sink.start();
  const manifest = join(folder.path, 'manifest.yaml');
  const start = () => startServer(['-f', manifest, '--log', log, '--quiet'], join(folder.path, 'data'));
  let server: Awaited<ReturnType<typeof startServer>> | undefined;

  const arrive = async (when: 'first' | 'later') => {
    for (const [path, spoilt] of [
      [`/binary-${when}`, spoiltInBinary],
      [`/channel-${when}`, spoiltInBinary],
      [`/json-${when}`, spoiltInJson],
    ] as const) {
      const at = () => sink.received.filter((one) => one.path === path);
      await waitFor(`all events at ${path}`, () => at().length >= cases.length, { timeoutMs: arrivesMsMax });
      const came = new Map(at().map((one) => [idOf(one), one]));
      expect([...came.keys()].sort()).toEqual(cases.map(({ id }) => id).sort());
      const wrong = cases.flatMap((one) => {
        const received = came.get(one.id);
        return received ? spoilt(one, received) : [`${one.id}: nothing`];
      });
      expect({ path, wrong }).toEqual({ path, wrong: [] });
    }
  };

  try {
    writeFileSync(manifest, manifestFor(sinkUrl, 'first'));
    server = await start();
    await send(`${server.dataUrl}/default/bytes`);
    await send(`${server.dataUrl}/channels/default/bytes`);
    await arrive('first');
    server.kill('SIGKILL');
    await server.exited;

    writeFileSync(manifest, manifestFor(sinkUrl, 'later'));
    server = await start();
    await arrive('later');
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${server?.stderr().slice(-3_000)}`, { cause: error });
  } finally {
    server?.kill('SIGKILL');
    await server?.exited;
    await sink.stop();
    folder.remove();
  }
}

describe('bytes out are bytes in, and pass-through headers go along', () => {
  test('--log local', { timeout: testMsMax }, () => bytesInAreBytesOut('local'));

  describe('Kafka', () => {
    const kafka = sharedKafka();
    test('--log kafka://', { timeout: testMsMax }, () => bytesInAreBytesOut(kafka().url));
  });

  describe('NATS', () => {
    const nats = sharedNats();
    test('--log nats://', { timeout: testMsMax }, () => bytesInAreBytesOut(nats().url));
  });

  test('canary: a changed byte, a lost header and one that should have stayed are seen', () => {
    const [one] = cases;
    if (!one) throw new Error('there are no cases');
    const { 'x-request-id': _, ...others } = passed;
    const came = { path: '/', id: one.id, type: 'bytes', atMs: 0, body: Buffer.from('{}') };
    const wrong = spoiltInBinary(one, { ...came, headers: { ...one.headers, ...others, cookie: 'a=b' } });
    expect(wrong.map((line) => line.slice(0, 30))).toEqual([
      'odd-json: x-request-id is unde',
      'odd-json: cookie came along',
      'odd-json: data is 7b7d, sent 2',
    ]);
    expect(spoiltInJson(one, { ...came, headers: {} })).toHaveLength(1);
  });
});

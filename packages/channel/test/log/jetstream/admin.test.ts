/** Streams as the control plane deals with them, on real servers. */
import type { JetStreamBacking } from '@millrace/api';
import { connectNats, systemClock, systemRandom } from '@millrace/runtime';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedNats, sharedNatsCluster } from '../../../../../test/servers/index.ts';
import { createJetStreamLogAdmin } from '../../../src/log/jetstream/index.ts';

const ports = { clock: systemClock, random: systemRandom };
const admin = createJetStreamLogAdmin(ports);
afterAll(() => admin.close());

function backing(url: string, stream: string, more: Partial<JetStreamBacking> = {}): JetStreamBacking {
  return {
    kind: 'jetstream',
    cluster: { servers: [url] },
    stream,
    subject: `ns.${stream.toLowerCase()}._knative`,
    owned: true,
    replicas: 1,
    streamConfig: {},
    ...more,
  };
}

async function streamAt(url: string, name: string) {
  const connected = await connectNats({ servers: [url] }, ports);
  if (connected.kind === 'failed') throw new Error(connected.reason);
  const found = await connected.client.stream(name);
  await connected.client.close();
  return found.kind === 'ok' ? found.value : undefined;
}

async function makeStream(url: string, config: Readonly<Record<string, unknown>>): Promise<void> {
  const connected = await connectNats({ servers: [url] }, ports);
  if (connected.kind === 'failed') throw new Error(connected.reason);
  expect((await connected.client.createStream(config)).kind).toBe('ok');
  await connected.client.close();
}

describe('one server', () => {
  const nats = sharedNats();
  const quiet = sharedNats({ jetStream: false });

  it('makes a stream that refuses rather than drops, and warns that flushing cannot be seen with one replica', async () => {
    const one = backing(nats().url, 'KN_NS__ONE');
    const outcome = await admin.ensure(one);
    expect(outcome).toEqual({
      kind: 'ready',
      made: true,
      warnings: [expect.stringContaining('sync_interval: always')],
    });
    expect((await streamAt(nats().url, one.stream))?.config).toMatchObject({
      subjects: [one.subject],
      discard: 'new',
      storage: 'file',
      allow_atomic: true,
      allow_direct: true,
    });
    expect(await admin.ensure(one)).toMatchObject({ kind: 'ready', made: false });
  });

  it('applies what a manifest sets, and changes a stream that is ours', async () => {
    const one = backing(nats().url, 'KN_NS__SET');
    await admin.ensure(one);
    const changed = { ...one, streamConfig: { max_msg_size: 4_096, subjects: ['ns.more'] } };
    expect(await admin.ensure(changed)).toMatchObject({ kind: 'ready', made: false });
    expect((await streamAt(nats().url, one.stream))?.config).toMatchObject({
      max_msg_size: 4_096,
      subjects: [one.subject, 'ns.more'],
    });
  });

  it('warns of a stream that drops events by itself', async () => {
    const outcome = await admin.ensure(backing(nats().url, 'KN_NS__OLD', { streamConfig: { discard: 'old' } }));
    expect(outcome).toMatchObject({
      kind: 'ready',
      warnings: expect.arrayContaining([expect.stringContaining('drops')]),
    });
  });

  it('never makes, changes or removes a stream that is not ours', async () => {
    const { url } = nats();
    const absent = backing(url, 'THEIRS', { owned: false, subject: 'theirs.a' });
    expect(await admin.ensure(absent)).toMatchObject({ kind: 'refused', reason: 'StreamNotFound' });
    await makeStream(url, { name: 'THEIRS', subjects: ['theirs.*'] });
    expect(await admin.ensure(absent)).toMatchObject({ kind: 'ready', made: false });
    expect((await streamAt(url, 'THEIRS'))?.config).toMatchObject({ subjects: ['theirs.*'], discard: 'old' });
    expect(await admin.remove(absent)).toMatchObject({ kind: 'ready' });
    expect(await streamAt(url, 'THEIRS')).toBeDefined();
    const other = { ...absent, subject: 'other.a' };
    expect(await admin.ensure(other)).toMatchObject({ kind: 'refused', reason: 'SubjectNotInStream' });
  });

  it('removes a stream that is ours; one that is not there is removed already', async () => {
    const one = backing(nats().url, 'KN_NS__GONE');
    await admin.ensure(one);
    expect(await admin.remove(one)).toMatchObject({ kind: 'ready' });
    expect(await streamAt(nats().url, one.stream)).toBeUndefined();
    expect(await admin.remove(one)).toMatchObject({ kind: 'ready' });
  });

  it('refuses replicas where there is no cluster, and says what to do', async () => {
    const outcome = await admin.ensure(backing(nats().url, 'KN_NS__THREE', { replicas: 3 }));
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'ReplicasNotPossible' });
    expect(outcome).toMatchObject({ message: expect.stringContaining('ask for fewer') });
  });

  it('says that JetStream is off', async () => {
    const outcome = await admin.ensure(backing(quiet().url, 'KN_NS__OFF'));
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'JetStreamDisabled' });
  });

  it('says that nobody answers, without the password', async () => {
    const outcome = await admin.ensure(backing('nats://me:secret@127.0.0.1:1', 'KN_NS__AWAY'));
    expect(outcome).toMatchObject({ kind: 'unreachable', reason: 'NatsUnreachable' });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });
});

describe('a cluster of three', () => {
  const nats = sharedNatsCluster(3);

  it('makes three replicas without a warning', async () => {
    const one = backing(nats().url, 'KN_NS__R3', { replicas: 3, cluster: { servers: nats().url.split(',') } });
    expect(await admin.ensure(one)).toEqual({ kind: 'ready', made: true, warnings: [] });
  }, 30_000);
});

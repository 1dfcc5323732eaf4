/** Streams that are not ours: made by others, written to by others, without what newer servers have. */
import type { JetStreamBacking } from '@millrace/api';
import { connectNats, type NatsClient, systemClock, systemRandom } from '@millrace/runtime';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedNats } from '../../../../../test/servers/index.ts';
import { append, idOf, newRecord, plenty, readAll, readFrom } from '../contract-world.ts';
import { startProcess } from './world.ts';

const nats = sharedNats();
const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
});

async function theirs(stream: string, config: object = {}) {
  const connected = await connectNats({ servers: [nats().url] }, { clock: systemClock, random: systemRandom });
  if (connected.kind === 'failed') throw new Error(connected.reason);
  const { client } = connected;
  const subject = `theirs.${stream.toLowerCase()}`;
  expect((await client.createStream({ name: stream, subjects: [`${subject}.>`], ...config })).kind).toBe('ok');
  const { store } = startProcess({ servers: [nats().url] });
  ends.push(async () => {
    await store.close();
    await client.close();
  });
  const backing: JetStreamBacking = {
    kind: 'jetstream',
    cluster: { servers: [nats().url] },
    stream,
    subject: `${subject}.events`,
    owned: false,
    replicas: 1,
    streamConfig: {},
  };
  return { client, store, backing, log: await store.open(stream, plenty, backing) };
}

async function publish(client: NatsClient, subject: string, headers: string, text: string): Promise<void> {
  const stored = await client.publish([{ subject, headers, data: Buffer.from(text) }], false);
  expect(stored.kind).toBe('ok');
}

const structured = '{"specversion":"1.0","id":"s","source":"/s","type":"t","data":{"a": 1.0}}';

describe.each([
  ['with batched reads and atomic batches', { allow_direct: true, allow_atomic: true }],
  ['as older servers have them', { allow_direct: false, allow_atomic: false }],
])('a stream of others, %s', (what, config) => {
  const stream = what.startsWith('with') ? 'NEW' : 'OLD';

  it('is read whole: what we wrote and what others wrote; what is no event is left out', async () => {
    const { client, backing, log } = await theirs(stream, config);
    const records = [newRecord(), newRecord(), newRecord()];
    await append(log, ...records.slice(0, 2));
    await publish(client, `${backing.subject}`, '', structured);
    await publish(client, `theirs.${stream.toLowerCase()}.other`, 'Content-Type: text/plain\r\n', 'no event');
    await append(log, records[2]!);
    const { store } = startProcess({ servers: [nats().url] });
    const again = await store.open(stream, plenty, backing);
    for (const limit of [1, 2, 100]) {
      const read = await readAll(again, { records: limit, bytes: 1_000_000 });
      expect(read.map(idOf)).toEqual([idOf(records[0]!), idOf(records[1]!), 's', idOf(records[2]!)]);
      expect(read.map(({ offset }) => offset)).toEqual([1, 2, 3, 5]);
      expect(Buffer.from(read[2]!.event.data!).toString()).toBe('{"a": 1.0}');
    }
    await store.close();
  });

  it('a hole that others made is a gap, and what retention took is out of range', async () => {
    const { client, log } = await theirs(`${stream}2`, config);
    for (let left = 6; left > 0; left -= 1) await append(log, newRecord());
    const { store } = startProcess({ servers: [nats().url] });
    await client.purge(`${stream}2`, { below: 3 });
    const again = await store.open(`${stream}2`, plenty, {
      ...(await theirs(`${stream}3`)).backing,
      stream: `${stream}2`,
    });
    expect(await again.read(0, 1, { records: 9, bytes: 1_000 })).toEqual({ kind: 'out-of-range', start: 3, end: 7 });
    expect((await readFrom(again, 0, 3)).records.map(({ offset }) => offset)).toEqual([3, 4, 5, 6]);
    await store.close();
  });

  it('is neither trimmed nor removed', async () => {
    const { client, store, log } = await theirs(`${stream}4`, config);
    await append(log, newRecord());
    log.setRetention({ ageMs: -60_000, bytes: 1 });
    expect(await log.trim()).toBe(0);
    await store.remove(`${stream}4`);
    expect(await client.stream(`${stream}4`)).toMatchObject({ kind: 'ok', value: { messages: 1 } });
    expect(await store.list()).not.toContain(`${stream}4`);
  });

  it('refuses when it is full, and says so', async () => {
    const { log } = await theirs(`${stream}5`, { ...config, max_bytes: 3_000, discard: 'new' });
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => log.append([newRecord(1_000)])));
    expect(outcomes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['appended', 'full']));
    const kept = outcomes.filter(({ kind }) => kind === 'appended').length;
    expect(await readAll(log)).toHaveLength(kept);
  });
});

it('a stream that is not there is not made', async () => {
  const { store } = startProcess({ servers: [nats().url] });
  const { backing } = await theirs('SOMEWHERE');
  await expect(store.open('x', plenty, { ...backing, stream: 'NOWHERE' })).rejects.toThrow(/NOWHERE is not there/);
  await store.close();
});

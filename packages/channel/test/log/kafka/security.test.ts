/** TLS, SASL PLAIN and SCRAM on real listeners, for the log and for its administration; what is refused says so. */
import type { KafkaCluster } from '@millrace/api';
import { silentLogger, systemClock } from '@millrace/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedKafka } from '../../../../../test/servers/index.ts';
import { createKafkaLogAdmin, createKafkaStore } from '../../../src/log/kafka/index.ts';
import type { LogStore } from '../../../src/log/log.ts';
import { append, idOf, idsIn, newRecord, plenty } from '../contract-world.ts';
import { backingOf, newTopic } from './world.ts';

const kafka = sharedKafka({ protocols: ['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], clientAuth: 'requested' });
const admin = createKafkaLogAdmin({ clock: systemClock, logger: silentLogger });
const stores: LogStore[] = [];
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

type Ways = 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
type Mechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

function clusterOf(listener: Ways, mechanism?: Mechanism, password = kafka().credentials.password): KafkaCluster {
  const { credentials, tls } = kafka();
  const sasl = mechanism && { mechanism, user: credentials.user, password };
  return {
    servers: [kafka().listener(listener)],
    security: { ...(sasl && { sasl }), ...(listener !== 'SASL_PLAINTEXT' && { tls: { ca: tls.caCrt } }) },
  };
}

function openStore(): LogStore {
  const store = createKafkaStore({
    clock: systemClock,
    logger: silentLogger,
    clientLimits: { retryMs: 1_000, connectMs: 1_000 },
  });
  stores.push(store);
  return store;
}

const ways: readonly (readonly [Ways, Mechanism | undefined])[] = [
  ['SSL', undefined],
  ['SASL_PLAINTEXT', 'plain'],
  ['SASL_PLAINTEXT', 'scram-sha-256'],
  ['SASL_PLAINTEXT', 'scram-sha-512'],
  ['SASL_SSL', 'plain'],
  ['SASL_SSL', 'scram-sha-512'],
];

describe('coming in at Kafka', () => {
  it.each(ways)('%s, %s: topics are made, events stored and read', async (listener, mechanism) => {
    const topic = newTopic();
    const backing = { ...backingOf('', topic), cluster: clusterOf(listener, mechanism) };
    expect(await admin.ensure(backing)).toMatchObject({ kind: 'ready', made: true });
    const log = await openStore().open(topic, plenty, backing);
    const record = newRecord();
    await append(log, record);
    expect(await idsIn(log)).toEqual([idOf(record)]);
    expect((await log.commit({ put: [], remove: [], readUpTo: [{ partition: 0, offset: 1 }] })).kind).toBe('committed');
  });

  it('a certificate and key of a user', async () => {
    const topic = newTopic();
    const { tls } = kafka();
    const cluster = {
      servers: [kafka().listener('SSL')],
      security: { tls: { ca: tls.caCrt, cert: tls.userCrt, key: tls.userKey } },
    };
    const backing = { ...backingOf('', topic), cluster };
    expect(await admin.ensure(backing)).toMatchObject({ kind: 'ready' });
    await append(await openStore().open(topic, plenty, backing), newRecord());
  });

  it('a wrong password is refused and named, by the log and by its administration', async () => {
    const backing = { ...backingOf('', newTopic()), cluster: clusterOf('SASL_PLAINTEXT', 'plain', 'wrong') };
    expect(await admin.ensure(backing)).toMatchObject({ kind: 'refused', reason: 'Unauthenticated' });
    await expect(openStore().open('a', plenty, backing)).rejects.toThrow(/refuses the user or password/);
  });

  it('a server whose certificate is not known is not talked to', async () => {
    const cluster = { servers: [kafka().listener('SSL')], security: { tls: {} } };
    const backing = { ...backingOf('', newTopic()), cluster };
    expect(await admin.ensure(backing)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/certificate/),
    });
    await expect(openStore().open('a', plenty, backing)).rejects.toThrow(/certificate/);
  });
});

/** The log beside other writers on the same topic: codecs, partitions, transactions, records that are no events, other processes. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Logger, type Metrics, noMetrics, silentLogger } from '@millrace/runtime';
import { waitFor } from '@millrace/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedKafka } from '../../../../../test/servers/index.ts';
import type { EventLog } from '../../../src/log/log.ts';
import { append, idOf, newRecord, plenty, readAll, readFrom } from '../contract-world.ts';
import { plainLibrary, plainModule, withProducer } from './plain-client.ts';
import { backingOf, newTopic, type Process, type ProcessOptions, startProcess } from './world.ts';

const kafka = sharedKafka();
const open: Process[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.end()));
});

async function openLog(
  topic: string,
  more: Parameters<typeof backingOf>[2] = {},
  options: ProcessOptions = {},
): Promise<EventLog> {
  const process = await startProcess(kafka().port, options);
  open.push(process);
  return process.store.open(`log-${topic}`, plenty, backingOf(kafka().servers, topic, more));
}

const headers = (id: string) => ({ ce_specversion: '1.0', ce_id: id, ce_source: '/plain', ce_type: 't' });

describe('other writers', () => {
  it('records in gzip, snappy, lz4 and zstd are read', async () => {
    const topic = newTopic();
    const log = await openLog(topic);
    const { CompressionTypes, CompressionCodecs } = plainLibrary();
    const lz4 = plainModule<{ compressFrameSync(data: Buffer): Buffer; decompressFrameSync(data: Buffer): Buffer }>(
      'lz4-napi',
    );
    CompressionCodecs[CompressionTypes.Snappy] = plainModule<() => unknown>('kafkajs-snappy');
    CompressionCodecs[CompressionTypes.LZ4] = () => ({
      compress: async (encoder: { buffer: Buffer }) => lz4.compressFrameSync(encoder.buffer),
      decompress: async (buffer: Buffer) => lz4.decompressFrameSync(buffer),
    });
    CompressionCodecs[CompressionTypes.ZSTD] = () => ({
      compress: async (encoder: { buffer: Buffer }) =>
        zstdCompressSync(encoder.buffer, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
      decompress: async (buffer: Buffer) => zstdDecompressSync(buffer),
    });
    const value = Buffer.from('0123456789'.repeat(500));
    await withProducer(kafka().servers, async (producer) => {
      for (const name of ['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const) {
        const messages = [1, 2].map((at) => ({ value, headers: headers(`${name}-${at}`) }));
        await producer.send({ topic, messages, compression: CompressionTypes[name] });
      }
    });
    await waitFor('all are there', () => log.range(0).end === 10);
    const records = await readAll(log);
    expect(records.map(idOf)).toEqual(
      ['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD'].flatMap((name) => [`${name}-1`, `${name}-2`]),
    );
    for (const record of records) expect(Buffer.compare(record.event.data!, value)).toBe(0);
  });

  it('a key is in the partition that Kafka’s default partitioner gives it', async () => {
    const topic = newTopic();
    const log = await openLog(topic, { partitions: 7 });
    const keys = Array.from({ length: 60 }, (_, at) => `customer-${at}-žluť`);
    await append(log, ...keys.map((key) => newRecord(4, key)));
    await withProducer(kafka().servers, (producer) =>
      producer.send({ topic, messages: keys.map((key) => ({ key, value: 'x', headers: headers(key) })) }),
    );
    await waitFor('all are there', () => log.partitions.reduce((sum, one) => sum + log.range(one).end, 0) === 120);
    const byKey = Map.groupBy(await readAll(log), (record) => record.key);
    for (const key of keys) expect(new Set(byKey.get(key)?.map(({ partition }) => partition)).size, key).toBe(1);
  });

  it('what others append is told of and read at the end, without asking', async () => {
    const topic = newTopic();
    const log = await openLog(topic, { partitions: 2 });
    const other = await openLog(topic, { partitions: 2 });
    for (const partition of log.partitions) expect((await readFrom(log, partition, 0)).records).toEqual([]);
    let told = 0;
    log.onAppend(() => {
      told += 1;
    });
    const records = [newRecord(), newRecord()];
    for (const record of records) await append(other, record);
    await waitFor('it was told', async () => told > 0 && (await readAll(log)).length === 2);
    expect((await readAll(log)).map(idOf).sort()).toEqual(records.map(idOf).sort());
    // Both at once: nothing is lost, given twice, or out of order.
    const mine = Array.from({ length: 200 }, () => newRecord(8, 'one'));
    const theirs = Array.from({ length: 200 }, () => newRecord(8, 'one'));
    await Promise.all([
      (async () => {
        for (const record of mine) await append(log, record);
      })(),
      (async () => {
        for (const record of theirs) await append(other, record);
      })(),
    ]);
    const partition = (await append(log, newRecord(8, 'one')))[0]!.partition;
    for (const reader of [log, other]) {
      await waitFor('all are there', () => reader.range(partition).end >= 401);
      const read = (await readAll(reader)).filter((record) => record.key === 'one');
      expect(read).toHaveLength(401);
      for (const own of [mine, theirs]) {
        const ids = new Set(own.map(idOf));
        expect(read.map(idOf).filter((id) => ids.has(id))).toEqual(own.map(idOf));
      }
    }
  });

  it('11.4: a record that is no event is passed over, counted, told of once, and stops nothing', async () => {
    const topic = newTopic();
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
    const counted: Record<string, number> = {};
    const metrics: Metrics = {
      ...noMetrics,
      counter: (name) => ({
        add(count) {
          counted[name] = (counted[name] ?? 0) + count;
        },
      }),
    };
    const log = await openLog(topic, {}, { logger, metrics });
    await withProducer(kafka().servers, (producer) =>
      producer.send({
        topic,
        messages: [
          { value: 'no event' },
          { value: 'x', headers: headers('good-1') },
          ...Array.from({ length: 300 }, () => ({ value: null })),
          { value: 'x', headers: headers('good-2') },
          { value: 'none' },
        ],
      }),
    );
    await waitFor('all are there', () => log.range(0).end === 304);
    expect((await readAll(log, { records: 1, bytes: 1 })).map(idOf)).toEqual(['good-1', 'good-2']);
    expect(warnings.filter((message) => message.includes('no CloudEvent'))).toHaveLength(1);
    expect(counted).toEqual({ millrace_kafka_discarded_records: 302 });
  });

  it('6.9: a source reads what transactions committed, and nothing of those given up', async () => {
    const topic = newTopic();
    await openLog(topic);
    const records = { kind: 'source', namespace: 'ns', name: 'src', keyType: 'string' } as const;
    const source = await openLog(topic, { records, owned: false, group: `${topic}-source` });
    await withProducer(
      kafka().servers,
      async (producer) => {
        for (const end of ['abort', 'commit'] as const) {
          const transaction = await producer.transaction();
          await transaction.send({ topic, messages: [{ value: end }, { value: end }] });
          await transaction[end]();
        }
      },
      { transactionalId: topic, idempotent: true, maxInFlightRequests: 1 },
    );
    await waitFor('both ended', () => source.range(0).end === 6);
    const read = await readAll(source);
    expect(read.map((record) => Buffer.from(record.event.data!).toString())).toEqual(['commit', 'commit']);
    expect(read[0]?.event.attributes).toMatchObject({ type: 'dev.knative.kafka.event', subject: 'partition:0#3' });
    expect((await readFrom(source, 0, 6)).next).toBe(6);
  });
});

/** CloudEvents Kafka protocol binding 1.0, and what becomes of records that are no events (reference section 6.9). */
import type { CloudEvent } from '@millrace/api';
import type { IncomingRecord, OutgoingRecord } from '@millrace/runtime';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, placed } from '../../../src/log/kafka/codec.ts';
import { type KeyType, wrapRecord } from '../../../src/log/kafka/source.ts';
import { newEvent } from '../contract-world.ts';

const arrived = ({ key, value, headers }: OutgoingRecord, more: Partial<IncomingRecord> = {}): IncomingRecord => ({
  offset: 7,
  timeMs: 1_795_000_000_000,
  key: key && Buffer.from(key),
  value: value && Buffer.from(value),
  headers,
  ...more,
});

const foreign = (headers: readonly string[], value?: string, key?: Buffer): IncomingRecord =>
  arrived({ key, value: value === undefined ? undefined : Buffer.from(value), headers });

const base = ['ce_specversion', '1.0', 'ce_id', '1', 'ce_source', '/s', 'ce_type', 't'];

const eventOf = (record: IncomingRecord): CloudEvent => {
  const decoded = decodeRecord(record, 3);
  if (decoded.kind !== 'event') throw new Error(decoded.message);
  return decoded.event;
};

describe('CloudEvents Kafka protocol binding, binary mode (section 3.2)', () => {
  it('3.2.1, 3.2.3: attributes are ce_ headers in UTF-8 as they are, datacontenttype is content-type, data is the value', () => {
    const data = Buffer.from([0, 255, 128]);
    const event = newEvent(data, { subject: 'žluť 😀 %41 "x"', datacontenttype: 'image/png', ext1: 'v' });
    const { value, headers, key } = encodeRecord({ event, headers: [], key: 'k' }, 'binary');
    expect(value).toBe(data);
    expect(Buffer.from(key!).toString()).toBe('k');
    const fields = Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : [])));
    expect(fields).toMatchObject({
      ce_specversion: '1.0',
      ce_id: event.attributes['id'],
      ce_subject: 'žluť 😀 %41 "x"',
      'content-type': 'image/png',
      ce_ext1: 'v',
    });
    expect(fields).not.toHaveProperty('ce_datacontenttype');
  });

  it('an event of another writer is read, with its place (reference 6.9), and its key orders it', () => {
    const decoded = decodeRecord(foreign([...base, 'content-type', 'text/plain'], 'hello', Buffer.from('order-1')), 3);
    expect(decoded).toMatchObject({ kind: 'event', key: 'order-1', headers: [] });
    const event = eventOf(foreign([...base, 'content-type', 'text/plain'], 'hello'));
    expect({ ...event.attributes }).toEqual({
      id: '1',
      source: '/s',
      type: 't',
      datacontenttype: 'text/plain',
      knativekafkapartition: '3',
      knativekafkaoffset: '7',
    });
    expect(Buffer.from(event.data!).toString()).toBe('hello');
  });

  it('the place is that of the record, whatever the event came with, and is not stored', () => {
    const event = newEvent(undefined, { knativekafkaoffset: '99', knativekafkapartition: '98' });
    const record = encodeRecord({ event, headers: [] }, 'binary');
    expect(record.headers.join()).not.toContain('knativekafka');
    expect(eventOf(arrived(record)).attributes).toMatchObject({ knativekafkaoffset: '7', knativekafkapartition: '3' });
    expect(placed(event, 1, 2).attributes).toMatchObject({ knativekafkaoffset: '2', knativekafkapartition: '1' });
    expect(event.attributes['knativekafkaoffset']).toBe('99');
  });

  it('header fields that pass through come back in their order, repeated ones too', () => {
    const pass = ['traceparent', '00-1-2-01', 'knative-x', 'a', 'knative-x', 'b'];
    const decoded = decodeRecord(arrived(encodeRecord({ event: newEvent(), headers: pass }, 'binary')), 0);
    expect(decoded).toMatchObject({ headers: pass });
  });

  const refused: readonly (readonly [string, readonly string[]])[] = [
    ['no specversion', ['content-type', 'application/json']],
    ['another version', ['ce_specversion', '2.0', ...base.slice(2)]],
    ['no type', base.slice(0, 6)],
    ['a bad time', [...base, 'ce_time', 'yesterday']],
    ['a name that no attribute has', [...base, 'ce_Not-A-Name', 'x']],
    ['control characters', [...base, 'ce_subject', 'a\u0000b']],
    ['a content type that would break a header', [...base, 'content-type', 'text/plain\r\nx: y']],
    ['a batch', ['content-type', 'application/cloudevents-batch+json']],
  ];
  it.each(refused)('%s: no event', (_, headers) => {
    expect(decodeRecord(foreign(headers, '[]'), 0).kind).toBe('invalid');
  });
});

describe('CloudEvents Kafka protocol binding, structured mode (section 3.3)', () => {
  it('content-type is application/cloudevents+json and the value is the event; bytes of data stay', () => {
    const data = Buffer.from('{"n": 1.0,  "n": 2e400}');
    const event = newEvent(data, { datacontenttype: 'application/json', ext1: 'v' });
    const record = encodeRecord({ event, headers: ['traceparent', 'x'] }, 'structured');
    expect(record.headers.slice(0, 2)).toEqual(['content-type', 'application/cloudevents+json']);
    expect(Buffer.from(record.value!).toString()).toContain('"data":{"n": 1.0,  "n": 2e400}');
    const read = eventOf(arrived(record));
    expect(Buffer.from(read.data!).toString()).toBe(data.toString());
    expect(read.attributes).toMatchObject({ ext1: 'v', knativekafkaoffset: '7' });
  });

  it('a charset is allowed, another format is not', () => {
    const json = '{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{"a":1.50}}';
    const type = 'application/cloudevents+json; charset=UTF-8';
    expect(Buffer.from(eventOf(foreign(['content-type', type], json)).data!).toString()).toBe('{"a":1.50}');
    expect(decodeRecord(foreign(['content-type', 'application/cloudevents+avro'], json), 0).kind).toBe('invalid');
  });
});

describe('reference section 6.9: a record that is no event is wrapped', () => {
  const place = { namespace: 'ns', name: 'src', topic: 'orders' };
  const wrap = (record: IncomingRecord, keyType: KeyType = 'string') =>
    wrapRecord(record, 3, { ...place, keyType }).event;

  it('id, source, type, subject, time, key, headers and data', () => {
    const headers = ['X-My.Header', 'v', 'Content-Type', 'application/json'];
    const event = wrap(foreign(headers, '{"a":1}', Buffer.from('k1')));
    expect({ ...event.attributes }).toEqual({
      id: 'partition:3/offset:7',
      source: '/apis/v1/namespaces/ns/kafkasources/src#orders',
      type: 'dev.knative.kafka.event',
      subject: 'partition:3#7',
      time: new Date(1_795_000_000_000).toISOString(),
      key: 'k1',
      partitionkey: 'k1',
      kafkaheaderxmyheader: 'v',
      datacontenttype: 'application/json',
      knativekafkapartition: '3',
      knativekafkaoffset: '7',
    });
    expect(Buffer.from(event.data!).toString()).toBe('{"a":1}');
  });

  const float = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(value);
    return bytes;
  };
  const double = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return bytes;
  };
  const keys: readonly (readonly [KeyType, Buffer, string])[] = [
    ['string', Buffer.from('žluť'), 'žluť'],
    ['int', Buffer.from([0xff, 0xff, 0xff, 0xfe]), '-2'],
    ['int', Buffer.from('abc'), 'abc'],
    ['float', float(1.1), '1.1'],
    ['float', double(2.5), '2.5'],
    ['float', double(3), '3.0'],
    ['byte-array', Buffer.from([0, 1, 2]), 'AAEC'],
    ['string', Buffer.from([0x61, 0, 0x62]), 'a\ufffdb'],
  ];
  it.each(keys)('key type %s: %j is %j', (type, key, text) => {
    expect(wrap(foreign([], 'x', key), type).attributes['key']).toBe(text);
  });

  it('no key and no value: neither extension, no data', () => {
    const event = wrap(foreign([]));
    expect(event.attributes).not.toHaveProperty('key');
    expect(event.attributes).not.toHaveProperty('partitionkey');
    expect(event.data).toBeUndefined();
  });

  it('whatever a header holds, there is an event', () => {
    const event = wrap(foreign(['a', '\u0007', 'content-type', 'no type\r\n', '---', 'x'], ''));
    expect(event.attributes).toMatchObject({ kafkaheadera: '\ufffd' });
    expect(event.attributes['datacontenttype']).toBeUndefined();
  });
});

/**
 * Records that are no events, as events: what a KafkaSource makes of them. Every record becomes one; none is refused.
 *
 * Source: reference section 6.9.
 */
import { binary, type CloudEvent, newAttributes, textProblem } from '@millrace/api';
import type { IncomingRecord } from '@millrace/runtime';
import { offsetAttribute, partitionAttribute } from './codec.ts';

export type KeyType = 'string' | 'int' | 'float' | 'byte-array';

export interface SourcePlace {
  readonly namespace: string;
  readonly name: string;
  readonly topic: string;
  readonly keyType: KeyType;
}

export interface Wrapped {
  readonly event: CloudEvent;
  readonly key: string | undefined;
}

export function wrapRecord(record: IncomingRecord, partition: number, source: SourcePlace): Wrapped {
  const attributes = newAttributes();
  const { offset, timeMs } = record;
  attributes['id'] = `partition:${partition}/offset:${offset}`;
  attributes['source'] =
    `/apis/v1/namespaces/${source.namespace}/kafkasources/${source.name}#${encodeURIComponent(source.topic)}`;
  attributes['type'] = 'dev.knative.kafka.event';
  attributes['subject'] = `partition:${partition}#${offset}`;
  if (timeMs >= 0) attributes['time'] = new Date(timeMs).toISOString();
  const key = record.key === undefined ? undefined : cleaned(keyText(record.key, source.keyType));
  if (key !== undefined) {
    attributes['key'] = key;
    attributes['partitionkey'] = key;
  }
  takeHeaders(record.headers, attributes);
  attributes[partitionAttribute] = String(partition);
  attributes[offsetAttribute] = String(offset);
  const event: CloudEvent = { specversion: '1.0', attributes };
  return { event: record.value === undefined ? event : { ...event, data: record.value }, key };
}

function takeHeaders(headers: readonly string[], attributes: Record<string, string | undefined>): void {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const header = headers[at] ?? '';
    const value = cleaned(headers[at + 1] ?? '');
    if (header.toLowerCase() === 'content-type' && isContentType(value)) {
      attributes['datacontenttype'] = value;
      continue;
    }
    const name = header.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
    if (name !== '') attributes[`kafkaheader${name}`] = value;
  }
}

/** Whether an event may have it: judged as an event's own is. */
function isContentType(value: string): boolean {
  const attributes = newAttributes();
  Object.assign(attributes, { id: '1', source: '/', type: 't' });
  const scan = { contentType: value, specversion: '1.0', attributes, problem: undefined, count: 0, chars: 0 };
  return value !== '' && binary.decodeScan(scan, new Uint8Array(0)).kind === 'event';
}

/** Text as an attribute may have it: what it may not have becomes the sign for it. */
function cleaned(text: string): string {
  if (textProblem('key', text) === undefined) return text;
  return [...text].map((char) => (textProblem('key', char) === undefined ? char : '\ufffd')).join('');
}

function keyText(key: Buffer, type: KeyType): string {
  if (type === 'byte-array') return key.toString('base64');
  if (type === 'int' && key.byteLength === 4) return String(key.readInt32BE());
  if (type === 'float' && key.byteLength === 4) return floatText(shortest(key.readFloatBE()));
  if (type === 'float' && key.byteLength === 8) return floatText(key.readDoubleBE());
  return key.toString('utf8');
}

/** Digits that tell every number of 32 bits from its neighbours. */
const floatDigitsMax = 9;

/** The shortest number that is this one in 32 bits: 1.1, not 1.100000023841858. */
function shortest(value: number): number {
  for (let digits = 1; digits < floatDigitsMax; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** Whole numbers show that they are floating ones, as Java's do. */
function floatText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e7 ? `${value}.0` : String(value);
}

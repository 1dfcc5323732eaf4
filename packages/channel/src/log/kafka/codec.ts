/**
 * Events as Kafka records and back: CloudEvents Kafka protocol binding 1.0, binary and structured mode.
 *
 * Attribute values are UTF-8 as they are: there is no percent-encoding on Kafka. No data is a null value, empty data an empty
 * one. What the binding has no place for travels in headers of our own, which other readers pass over: the form an event had
 * in structured mode (`millrace-form`), and header fields that go along from hop to hop (`millrace-pass-<name>`). A record
 * in binary mode with `millrace-form` was written by us: the event was judged when it came in, and is not judged again, so
 * that nothing that was acknowledged can be refused when it is read.
 *
 * Every event that is read carries `knativekafkapartition` and `knativekafkaoffset`, as the reference's do (section 6.9);
 * they are not stored.
 */
import {
  binary,
  type CloudEvent,
  type Invalid,
  type NonStringType,
  nameProblem,
  newAttributes,
  structured,
  textProblem,
} from '@millrace/api';
import type { IncomingRecord, OutgoingRecord } from '@millrace/runtime';
import type { NewRecord, PassHeaders } from '../log.ts';

export const partitionAttribute = 'knativekafkapartition';
export const offsetAttribute = 'knativekafkaoffset';
const formHeader = 'millrace-form';
const passPrefix = 'millrace-pass-';
const contentTypeHeader = 'content-type';
const cloudEventsType = /^application\/cloudevents(?:$|[-+;])/i;
const structuredType = /^application\/cloudevents\+json\s*(?:$|;)/i;
/** Said by the event's form: its content type stands there for other readers only. */
const impliedType = 'implied';

const headerByName = new Map<string, string>();
const nameByHeader = new Map<string, string>();
/** Names are remembered up to this many, so that senders cannot fill the memory with invented ones. */
const rememberedNames = 1_024;

function headerOf(name: string): string {
  const known = headerByName.get(name);
  if (known !== undefined) return known;
  const header = `ce_${name}`;
  if (headerByName.size < rememberedNames) headerByName.set(name, header);
  return header;
}

const noHeaders: PassHeaders = [];

/** The record for an event. The data's bytes are not copied. */
export function encodeRecord({ event, headers: pass, key }: NewRecord, mode: 'binary' | 'structured'): OutgoingRecord {
  const headers: string[] = [];
  let value = event.data;
  if (mode === 'structured') value = structured.encode(event, headers);
  else writeBinary(event, headers);
  for (let at = 0; at + 1 < pass.length; at += 2) headers.push(`${passPrefix}${pass[at]}`, pass[at + 1] ?? '');
  return { key: key === undefined ? undefined : Buffer.from(key), value, headers };
}

function writeBinary(event: CloudEvent, headers: string[]): void {
  const { attributes, dataForm, nonString } = event;
  headers.push('ce_specversion', event.specversion);
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined || name === partitionAttribute || name === offsetAttribute) continue;
    headers.push(name === 'datacontenttype' ? contentTypeHeader : headerOf(name), value);
  }
  if (dataForm === undefined && nonString === undefined) {
    headers.push(formHeader, '');
    return;
  }
  const implied = dataForm === 'json' && attributes['datacontenttype'] === undefined;
  if (implied) headers.push(contentTypeHeader, 'application/json');
  const parts = [dataForm ?? '', implied ? impliedType : ''];
  for (const name in nonString) parts.push(`${name}=${nonString[name]}`);
  headers.push(formHeader, parts.join(';'));
}

export interface DecodedRecord {
  readonly kind: 'event';
  readonly event: CloudEvent;
  readonly headers: PassHeaders;
  readonly key: string | undefined;
}

/** The event in a record, with its place; why it is none otherwise. */
export function decodeRecord(record: IncomingRecord, partition: number): DecodedRecord | Invalid {
  const scan = scanHeaders(record.headers);
  const { contentType, pass } = scan;
  const decoded =
    contentType !== undefined && cloudEventsType.test(contentType)
      ? decodeStructured(contentType, record.value ?? noBytes)
      : decodeBinary(scan, record.value);
  if (decoded.kind !== 'event') return decoded;
  const attributes = decoded.event.attributes as Record<string, string | undefined>;
  attributes[partitionAttribute] = String(partition);
  attributes[offsetAttribute] = String(record.offset);
  return { kind: 'event', event: decoded.event, headers: pass ?? noHeaders, key: keyOf(attributes, record.key) };
}

const noBytes = new Uint8Array(0);

function keyOf(attributes: Readonly<Record<string, string | undefined>>, key: Buffer | undefined): string | undefined {
  return attributes['partitionkey'] ?? key?.toString('utf8');
}

function decodeStructured(contentType: string, value: Uint8Array) {
  if (structuredType.test(contentType)) return structured.decode([], value);
  const message = `content type: expected ${structured.mediaType}, got ${contentType.slice(0, 100)}`;
  return { kind: 'invalid', code: 'unsupported-content-type', message } as const;
}

type BinaryScan = Parameters<typeof binary.decodeScan>[0];

interface Scan extends BinaryScan {
  form: string | undefined;
  pass: string[] | undefined;
}

function scanHeaders(headers: readonly string[]): Scan {
  const scan: Scan = {
    contentType: undefined,
    specversion: undefined,
    attributes: newAttributes(),
    problem: undefined,
    count: 0,
    chars: 0,
    form: undefined,
    pass: undefined,
  };
  for (let at = 0; at + 1 < headers.length; at += 2) take(scan, headers[at] ?? '', headers[at + 1] ?? '');
  return scan;
}

function take(scan: Scan, header: string, value: string): void {
  const name = nameByHeader.get(header) ?? attributeName(scan, header);
  if (name === undefined) takeOther(scan, header, value);
  else if (name === 'specversion') scan.specversion = value;
  else {
    scan.problem ??= textProblem(name, value);
    scan.attributes[name] = value;
  }
}

function attributeName(scan: Scan, header: string): string | undefined {
  if (!header.startsWith('ce_')) return undefined;
  const name = header.slice(3);
  const problem = nameProblem(name);
  if (problem !== undefined) {
    scan.problem ??= problem;
    return undefined;
  }
  if (nameByHeader.size < rememberedNames) nameByHeader.set(header, name);
  return name;
}

function takeOther(scan: Scan, header: string, value: string): void {
  if (header === formHeader) scan.form = value;
  else if (header.startsWith(passPrefix)) {
    scan.pass ??= [];
    scan.pass.push(header.slice(passPrefix.length), value);
  } else if (header.length === contentTypeHeader.length && header.toLowerCase() === contentTypeHeader) {
    scan.contentType = value;
  }
}

function decodeBinary(scan: Scan, value: Buffer | undefined) {
  if (scan.form !== undefined) {
    const own = ownEvent(scan, scan.form, value);
    if (own !== undefined) return own;
  }
  const decoded = binary.decodeScan(scan, value ?? noBytes);
  if (decoded.kind !== 'event') return decoded;
  const { specversion, attributes } = decoded.event;
  // A null value is no data and an empty one is empty data: HTTP cannot tell these apart, Kafka can.
  const event: CloudEvent = { specversion, attributes, ...(value && { data: value }) };
  return { kind: 'event', event } as const;
}

const dataForms = new Set(['json', 'string', 'base64']);

/** An event that we wrote; undefined when what every event has is not there, so that it was not. */
function ownEvent(scan: Scan, form: string, value: Buffer | undefined) {
  const { specversion, attributes, contentType } = scan;
  if (specversion !== '1.0' && specversion !== '0.3') return undefined;
  if (!attributes['id'] || !attributes['source'] || !attributes['type']) return undefined;
  if (form === '') {
    if (contentType !== undefined) attributes['datacontenttype'] = contentType;
    const event: CloudEvent =
      value === undefined ? { specversion, attributes } : { specversion, attributes, data: value };
    return { kind: 'event', event } as const;
  }
  const [dataForm = '', implied, ...names] = form.split(';');
  if (contentType !== undefined && implied !== impliedType) attributes['datacontenttype'] = contentType;
  const nonString: Record<string, NonStringType> = Object.create(null);
  for (const entry of names) {
    const [name = '', type] = entry.split('=');
    if (type === 'Integer' || type === 'Boolean') nonString[name] = type;
  }
  const event: CloudEvent = {
    ...{ specversion, attributes },
    ...(value && { data: value }),
    ...(dataForms.has(dataForm) && { dataForm: dataForm as 'json' | 'string' | 'base64' }),
    ...(names.length > 0 && { nonString }),
  };
  return { kind: 'event', event } as const;
}

/** An event that was appended here, as it is read: with its place. */
export function placed(event: CloudEvent, partition: number, offset: number): CloudEvent {
  const attributes = newAttributes();
  for (const name in event.attributes) attributes[name] = event.attributes[name];
  attributes[partitionAttribute] = String(partition);
  attributes[offsetAttribute] = String(offset);
  return { ...event, attributes };
}

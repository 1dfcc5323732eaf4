/**
 * Events as JetStream messages: CloudEvents NATS binding 1.0.
 *
 * We write binary mode: attributes are headers `ce-<name>` (percent-encoded as in the HTTP binding), the payload is the
 * data as it came, `content-type` is `datacontenttype`. One header more, `Millrace-Event`, says what the binding has no
 * place for: that there is no data rather than empty data, how a structured event had written its data, and which
 * attributes came as JSON numbers or booleans; and which of the other headers travel with the event. It is empty for nearly
 * every event. Other readers do not need it.
 *
 * We read binary mode, and structured JSON with or without its content type (the reference writes it without).
 *
 * W1. What we wrote is read exactly as it was. What others wrote is read by the rules of the specification.
 */
import {
  type Attributes,
  type CloudEvent,
  decodeHeaderValue,
  decodeHttp,
  encodeHeaderValue,
  type NonStringType,
  newAttributes,
  passThroughHeaders,
  sizeOfEvent,
  structured,
} from '@millrace/api';
import type { NatsStoredMessage } from '@millrace/runtime';
import type { LogRecord, NewRecord } from '../log.ts';

const marker = 'Millrace-Event';
const noData = new Uint8Array(0);

/** What `Millrace-Event` holds when it is not empty. */
interface Beside {
  readonly noData?: true;
  readonly form?: 'json' | 'string' | 'base64';
  readonly types?: Readonly<Record<string, NonStringType | undefined>>;
  /** Names of headers that travel with the event. */
  readonly pass?: readonly string[];
}

/** Header lines and payload for one record. */
export function encodeMessage(record: NewRecord): { readonly headers: string; readonly data: Uint8Array } {
  const { event } = record;
  let headers = `ce-specversion: ${event.specversion}\r\n`;
  for (const name in event.attributes) {
    const value = event.attributes[name];
    if (value !== undefined) headers += attributeLine(name, value);
  }
  for (let at = 0; at + 1 < record.headers.length; at += 2) {
    headers += `${record.headers[at]}: ${encodeHeaderValue(record.headers[at + 1] ?? '')}\r\n`;
  }
  const beside = besideOf(record);
  headers += `${marker}: ${beside === undefined ? '' : JSON.stringify(beside)}\r\n`;
  return { headers, data: event.data ?? noData };
}

const plainType = /^[!-~](?:[ -~]*[!-~])?$/;

function attributeLine(name: string, value: string): string {
  if (name === 'datacontenttype' && plainType.test(value)) return `content-type: ${value}\r\n`;
  return `ce-${name}: ${encodeHeaderValue(value)}\r\n`;
}

function besideOf({ event, headers }: NewRecord): Beside | undefined {
  if (event.data !== undefined && event.dataForm === undefined && !event.nonString && headers.length === 0) {
    return undefined;
  }
  return {
    ...(event.data === undefined ? { noData: true } : {}),
    ...(event.dataForm === undefined ? {} : { form: event.dataForm }),
    ...(event.nonString === undefined ? {} : { types: event.nonString }),
    ...(headers.length === 0 ? {} : { pass: headers.filter((_, at) => at % 2 === 0) }),
  };
}

/** The record in a message; a text that says why, when it is no event. */
export function decodeMessage(message: NatsStoredMessage, fallbackTimeMs: number): LogRecord | string {
  // The payload is a part of a larger buffer, which would be kept as long as any of its events.
  const data = new Uint8Array(message.data);
  const own = ownEvent(message.headers, data);
  const read = own ?? foreignEvent(message.headers, data);
  if (typeof read === 'string') return read;
  const { event, headers } = read;
  const timeMs = Number.isFinite(message.timeMs) ? message.timeMs : fallbackTimeMs;
  const key = event.attributes['partitionkey'];
  const record = { event, headers, partition: 0, offset: message.sequence, timeMs, bytes: sizeOfEvent(event) };
  return key === undefined ? record : { ...record, key };
}

type Read = Pick<NewRecord, 'event' | 'headers'>;

/** Without checks: it was checked when it came in. Undefined when it is not ours. */
function ownEvent(fields: readonly string[], data: Uint8Array): Read | undefined {
  let beside: Beside | undefined;
  let specversion: CloudEvent['specversion'] | undefined;
  const attributes = newAttributes();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] as string;
    const value = fields[at + 1] as string;
    if (name === marker) beside = readBeside(value);
    else if (name === 'ce-specversion') specversion = value === '0.3' ? '0.3' : '1.0';
    else if (name === 'content-type') attributes['datacontenttype'] = value;
    else if (name.startsWith('ce-')) {
      const text = value.includes('%') ? decodeHeaderValue(value) : value;
      if (text === undefined) return undefined;
      attributes[name.slice(3)] = text;
    }
  }
  if (beside === undefined || specversion === undefined) return undefined;
  const { noData: none, form, types, pass } = beside;
  const event: CloudEvent = {
    specversion,
    attributes: attributes as Attributes,
    ...(types === undefined ? {} : { nonString: types }),
    ...(none === true && data.byteLength === 0 ? {} : { data }),
    ...(form === undefined ? {} : { dataForm: form }),
  };
  return { event, headers: pass === undefined ? noHeaders : passed(fields, pass) };
}

const noHeaders: readonly string[] = [];
const nothingBeside: Beside = {};

function readBeside(text: string): Beside | undefined {
  if (text === '') return nothingBeside;
  try {
    const value = JSON.parse(text) as Beside | null;
    if (typeof value !== 'object' || value === null) return undefined;
    const { form, types, pass } = value;
    const known = form === undefined || form === 'json' || form === 'string' || form === 'base64';
    return known && typeof (types ?? {}) === 'object' && Array.isArray(pass ?? []) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The headers named, in the order they are named; a name that is there twice has its values in their order. */
function passed(fields: readonly string[], names: readonly string[]): readonly string[] {
  const values = new Map<string, string[]>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] as string;
    const text = decodeHeaderValue(fields[at + 1] as string) ?? '';
    const known = values.get(name);
    if (known) known.push(text);
    else values.set(name, [text]);
  }
  return names.flatMap((name) => {
    const value = values.get(name)?.shift();
    return value === undefined ? [] : [name, value];
  });
}

const openBrace = 0x7b;

function foreignEvent(fields: readonly string[], data: Uint8Array): Read | string {
  const says = fields.some((name, at) => at % 2 === 0 && /^(?:ce-specversion|content-type)$/i.test(name));
  const decoded = !says && data[0] === openBrace ? structured.decode([], data) : decodeHttp(fields, data);
  if (decoded.kind === 'invalid') return decoded.message;
  if (decoded.kind === 'batch') return 'expected one event, got a batch';
  return { event: decoded.event, headers: passThroughHeaders(fields) };
}

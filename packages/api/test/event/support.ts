/** What the tests of the codec share. */
import {
  type CloudEvent,
  type Decoded,
  decodeHttp,
  type HttpHeaders,
  type InvalidCode,
} from '../../src/event/index.ts';

export const JSON_TYPE = 'application/cloudevents+json';
export const BATCH_TYPE = 'application/cloudevents-batch+json';

export function bytes(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

export function text(data: Uint8Array | undefined): string | undefined {
  return data === undefined ? undefined : Buffer.from(data).toString('utf8');
}

/** Headers of a small valid event in binary mode, changed as given; undefined takes a header away. */
export function binaryHeaders(change: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  return { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't', ...change };
}

export function event(decoded: Decoded): CloudEvent {
  if (decoded.kind !== 'event') throw new Error(`expected an event, got ${JSON.stringify(decoded)}`);
  return decoded.event;
}

export function events(decoded: Decoded): readonly CloudEvent[] {
  if (decoded.kind !== 'batch') throw new Error(`expected a batch, got ${JSON.stringify(decoded)}`);
  return decoded.events;
}

/** Code and message of a refusal, as `code: message`. */
export function refusal(decoded: Decoded): `${InvalidCode}: ${string}` {
  if (decoded.kind !== 'invalid') throw new Error(`expected a refusal, got ${decoded.kind}`);
  return `${decoded.code}: ${decoded.message}`;
}

export function binary(change: Record<string, string | undefined> = {}, body: Uint8Array = new Uint8Array(0)): Decoded {
  return decodeHttp(binaryHeaders(change), body);
}

export function structured(body: string | Uint8Array, contentType: string = JSON_TYPE): Decoded {
  return decodeHttp({ 'content-type': contentType }, typeof body === 'string' ? bytes(body) : body);
}

/** A structured body: required attributes and, as JSON text, further members. */
export function envelope(members = '', specversion = '1.0'): string {
  const rest = members === '' ? '' : `,${members}`;
  return `{"specversion":"${specversion}","id":"1","source":"/s","type":"t"${rest}}`;
}

/** A flat header list as a record. */
export function record(flat: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? '';
    if (name in out) throw new Error(`header ${name} is there twice`);
    out[name] = flat[i + 1] ?? '';
  }
  return out;
}

/** Both shapes in which headers come. */
export function bothShapes(headers: Record<string, string>): readonly HttpHeaders[] {
  const raw = Object.entries(headers).flatMap(([name, value]) => [
    name.replace(/(^|-)[a-z]/g, (char) => char.toUpperCase()),
    value,
  ]);
  return [headers, raw];
}

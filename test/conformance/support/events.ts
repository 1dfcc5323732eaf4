/** Events for tests, and the same in the modes of the HTTP binding. */
import { type Call, call, type Reply } from './http.ts';

/** Attributes by name; `data` is the body. An attribute that is undefined is left out. */
export interface Sent {
  readonly data?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly mode?: 'binary' | 'structured';
  readonly attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
}

let sequence = 0;

export function nextId(): string {
  sequence += 1;
  return `event-${sequence}`;
}

export function attributesOf(sent: Sent): Readonly<Record<string, string | number | boolean>> {
  const all: NonNullable<Sent['attributes']> = {
    specversion: '1.0',
    id: nextId(),
    source: '/conformance',
    type: 'com.example.test',
    ...sent.attributes,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

/** The attributes as binary mode headers; `datacontenttype` is the content type. */
export function binaryHeaders(attributes: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    headers[name === 'datacontenttype' ? 'content-type' : `ce-${name}`] = String(value);
  }
  return headers;
}

function toCall(sent: Sent): Call {
  const attributes = attributesOf(sent);
  if (sent.mode !== 'structured') {
    const body = sent.data === undefined ? {} : { body: sent.data };
    return { method: 'POST', headers: { ...binaryHeaders(attributes), ...sent.headers }, ...body };
  }
  const data = sent.data === undefined ? {} : { data: String(sent.data) };
  return {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', ...sent.headers },
    body: JSON.stringify({ ...attributes, ...data }),
  };
}

export function post(url: string, sent: Sent): Promise<Reply> {
  return call(url, toCall(sent));
}

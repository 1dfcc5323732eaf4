/** The `cloudevents` SDK as a second opinion, on events it handles right: with a time in milliseconds and JSON or text data. */
import { HTTP, CloudEvent as SdkEvent } from 'cloudevents';
import { describe, expect, test } from 'vitest';
import { batch, binary, decodeHttp, makeEvent, structured } from '../../src/event/index.ts';
import { bytes, event, events, record, text } from './support.ts';

const context = {
  id: 'A234-1234-1234',
  source: 'https://example.com/ctx',
  type: 'com.example.some',
  time: '2018-04-05T17:31:00.000Z',
  subject: '123',
  dataschema: 'https://example.com/schema.json',
  myext: 'value',
};
const json = { datacontenttype: 'application/json', data: { a: 'abc', b: [1, true, null] } };
const cases = [
  ['JSON', json, JSON.stringify(json.data)],
  ['XML', { datacontenttype: 'text/xml', data: '<much wow="xml"/>' }, '<much wow="xml"/>'],
] as const;

describe.each(cases)('%s', (_, payload, wire) => {
  const theirs = new SdkEvent<unknown>({ ...context, ...payload });
  const ours = event(makeEvent({ ...context, datacontenttype: payload.datacontenttype, data: bytes(wire) }));

  test.each(['binary', 'structured'] as const)('the SDK’s %s message is read', (mode) => {
    const message = HTTP[mode](theirs);
    const got = event(decodeHttp(message.headers as Record<string, string>, bytes(String(message.body))));
    expect({ ...got.attributes }).toEqual({ ...ours.attributes });
    expect(text(got.data)).toBe(wire);
  });

  test.each([
    ['binary', binary],
    ['structured', structured],
  ] as const)('our %s message is read by the SDK', (_mode, codec) => {
    const out: string[] = [];
    const body = text(codec.encode(ours, out));
    const got = HTTP.toEvent({ headers: record(out), body }) as SdkEvent<unknown>;
    expect(got.toJSON()).toEqual({ specversion: '1.0', ...context, ...payload });
  });

  test('our batch is read by the SDK', () => {
    const out: string[] = [];
    const body = text(batch.encode([ours, ours], out));
    const got = HTTP.toEvent({ headers: record(out), body }) as SdkEvent<unknown>[];
    expect(got.map((each) => each.data)).toEqual([payload.data, payload.data]);
    expect(events(decodeHttp(out, bytes(body ?? '')))).toHaveLength(2);
  });
});

test('0.3 from the SDK is read', () => {
  const { dataschema: _, ...rest } = context;
  const theirs = new SdkEvent({ ...rest, ...json, specversion: '0.3', schemaurl: 'https://example.com/s' });
  for (const message of [HTTP.binary(theirs), HTTP.structured(theirs)]) {
    const got = event(decodeHttp(message.headers as Record<string, string>, bytes(String(message.body))));
    expect(got.specversion).toBe('0.3');
    expect(got.attributes['schemaurl']).toBe('https://example.com/s');
    expect(text(got.data)).toBe('{"a":"abc","b":[1,true,null]}');
  }
});

test('binary data reaches the SDK as bytes', () => {
  const made = event(
    makeEvent({ ...context, datacontenttype: 'application/octet-stream', data: Buffer.from([0, 255, 1]) }),
  );
  const out: string[] = [];
  const body = JSON.parse(text(structured.encode(made, out)) ?? '');
  expect(body.data_base64).toBe('AP8B');
});

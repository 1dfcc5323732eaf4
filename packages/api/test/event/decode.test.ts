import { describe, expect, test } from 'vitest';
import { decodeHttp, type InvalidCode, statusOfInvalid } from '../../src/event/index.ts';
import { binaryHeaders, bytes, envelope, event, events, refusal, structured } from './support.ts';

describe('HTTP binding 3: the content type chooses the mode', () => {
  test.each([
    'application/cloudevents+json',
    'application/cloudevents+json;charset=utf-8',
    'application/cloudevents+json; charset=UTF-8',
    'Application/CloudEvents+JSON ; x=y; charset="utf-8"',
    ' application/cloudevents+json ',
    'application/cloudevents+json; charset=us-ascii',
  ])('%s is structured', (type) => {
    expect(event(structured(envelope(), type)).attributes['id']).toBe('1');
  });

  test.each(['application/cloudevents-batch+json', 'APPLICATION/cloudevents-batch+json;charset=UTF-8'])(
    '%s is batched',
    (type) => {
      expect(events(structured(`[${envelope()}]`, type))).toHaveLength(1);
    },
  );

  test.each([
    'application/cloudevents+avro',
    'application/cloudevents+xml; charset=utf-8',
    'application/cloudevents+protobuf',
    'application/cloudevents',
    'application/cloudevents-batch+xml',
    'application/cloudevents-batch',
    'application/cloudevents+json; charset=utf-16',
  ])('%s is a format not spoken here, also with complete headers beside it', (type) => {
    expect(refusal(structured(envelope(), type))).toContain('unsupported-content-type: content type: expected ');
    expect(refusal(decodeHttp({ ...binaryHeaders(), 'content-type': type }, bytes('x')))).toContain('unsupported');
  });

  test.each(['application/cloudeventsx', 'application/json', 'text/plain; a=application/cloudevents+json'])(
    '%s is binary',
    (type) => {
      const got = event(decodeHttp({ ...binaryHeaders(), 'content-type': type }, bytes('1')));
      expect(got.attributes['datacontenttype']).toBe(type);
    },
  );

  test.each([{}, { 'content-type': 'application/json' }, { 'ce-foo': 'x' }, { cookie: 'ce-id=1' }, { 'ce-': 'x' }])(
    '%j is no CloudEvent',
    (headers) => {
      expect(refusal(decodeHttp(headers, bytes('{}')))).toContain('not-a-cloudevent: not a CloudEvent');
    },
  );

  test('a raw list with an odd end is read as far as it goes', () => {
    expect(refusal(decodeHttp(['ce-id'], bytes('')))).toContain('not-a-cloudevent');
  });
});

test('reference 3.1 (6, 7) and issue: the status of each refusal', () => {
  const codes: Record<InvalidCode, number> = {
    'not-a-cloudevent': 400,
    'unsupported-content-type': 415,
    'unknown-specversion': 400,
    'malformed-json': 400,
    'missing-attribute': 400,
    'invalid-attribute': 400,
    'invalid-data': 400,
    'too-many-events': 413,
  };
  for (const [code, status] of Object.entries(codes)) expect(statusOfInvalid(code as InvalidCode)).toBe(status);
});

import { describe, expect, test } from 'vitest';
import { batch as codec, decodeHttp } from '../../src/event/index.ts';
import { BATCH_TYPE, bytes, envelope, event, events, refusal, structured, text } from './support.ts';

describe('HTTP binding 3.3: batched content mode', () => {
  test('each element is an event with its own bytes', () => {
    const body = bytes(
      `\n[ ${envelope('"data":{ "a" : 1.0 }')} ,\t${envelope('"data_base64":"/w=="')}, ${envelope()} ]\n`,
    );
    const got = events(structured(body, BATCH_TYPE));
    expect(got.map(({ data }) => data && Buffer.from(data).toString('latin1'))).toEqual([
      '{ "a" : 1.0 }',
      '\xff',
      undefined,
    ]);
    body.fill(0);
    expect(text(got[0]?.data)).toBe('{ "a" : 1.0 }');
  });

  test('the batch may be empty', () => {
    expect(events(structured(' [ ] ', BATCH_TYPE))).toEqual([]);
    const out: string[] = [];
    expect(text(codec.encode([], out))).toBe('[]');
    expect(out).toEqual(['content-type', BATCH_TYPE]);
  });

  test('out and in again gives the same', () => {
    const body = `[${envelope('"n":1,"data":[1.0]')},${envelope('"datacontenttype":"text/plain","data":"é"')}]`;
    expect(text(codec.encode(events(structured(body, BATCH_TYPE)), []))).toBe(body);
  });

  test('a bad event spoils all, and the message says which', () => {
    const body = `[${envelope()},${envelope('"time":"x"')}]`;
    expect(refusal(structured(body, BATCH_TYPE))).toContain('invalid-attribute: event 2 of the batch: time: expected');
  });

  test.each([
    '',
    '{}',
    '[',
    '[,]',
    '[1]',
    '[[]]',
    `[${envelope()},]`,
    `[${envelope()} ${envelope()}]`,
    `[${envelope()}`,
    '[] []',
    'null',
  ])('%s is refused', (body) => {
    expect(refusal(structured(body, BATCH_TYPE))).toContain('malformed-json: ');
  });

  test('all events of a batch have the same specversion', () => {
    const body = `[${envelope()},${envelope('', '0.3')}]`;
    expect(refusal(structured(body, BATCH_TYPE))).toContain('specversion: expected 1.0 in the whole batch, got 0.3');
    const mixed = [event(structured(envelope())), event(structured(envelope('', '0.3')))];
    expect(() => codec.encode(mixed, [])).toThrow(RangeError);
  });

  test('more events than allowed are refused', () => {
    const list = (n: number) => `[${Array.from({ length: n }, () => envelope()).join(',')}]`;
    expect(events(structured(list(1000), BATCH_TYPE))).toHaveLength(1000);
    expect(refusal(structured(list(1001), BATCH_TYPE))).toBe(
      'too-many-events: batch: expected at most 1000 events, got more',
    );
    const headers = { 'content-type': BATCH_TYPE };
    expect(refusal(decodeHttp(headers, bytes(list(3)), { eventsMax: 2 }))).toContain('too-many-events');
    expect(events(decodeHttp(headers, bytes(list(2)), { eventsMax: 2 }))).toHaveLength(2);
  });
});

import type { CloudEvent } from '@millrace/api';
import { describe, expect, test } from 'vitest';
import { deadLetterEvent, replyWithTtl, withoutTtl } from '../../src/dispatch/outgoing.ts';

const event: CloudEvent = {
  specversion: '1.0',
  attributes: { id: '1', source: '/s', type: 't', knativebrokerttl: '9', knativearrivaltime: '2026-01-01T00:00:00Z' },
  nonString: { knativebrokerttl: 'Integer' },
  data: new Uint8Array([1, 2]),
};

describe('reference 3.3: the TTL', () => {
  test('is removed before the subscriber sees the event; knativearrivaltime is not, and the data is the same bytes', () => {
    const out = withoutTtl(event);
    expect(out.attributes).toEqual({ id: '1', source: '/s', type: 't', knativearrivaltime: '2026-01-01T00:00:00Z' });
    expect(out.nonString).toEqual({});
    expect(out.data).toBe(event.data);
    expect(event.attributes['knativebrokerttl']).toBe('9');
  });

  test('is attached again to a reply, with the value the event came with', () => {
    const reply: CloudEvent = {
      specversion: '1.0',
      attributes: { id: 'r', source: '/r', type: 'r', knativebrokerttl: '255' },
    };
    expect(replyWithTtl(reply, event).attributes['knativebrokerttl']).toBe('9');
    expect(replyWithTtl(reply, withoutTtl(event))).toBe(reply);
  });
});

describe('reference 4.3: dead-letter extensions', () => {
  const destination = 'http://subscriber/';
  const original = withoutTtl(event);

  test('knativeerrordest, knativeerrorcode, knativeerrordata (base64 of the first 1,024 bytes)', () => {
    const body = Buffer.alloc(1_031, 'x');
    const { attributes } = deadLetterEvent(original, { destination, error: 'HTTP 422', statusCode: 422, body });
    expect(attributes).toMatchObject({ knativeerrordest: destination, knativeerrorcode: '422' });
    expect(attributes['knativeerrordata']).toBe(Buffer.alloc(1_024, 'x').toString('base64'));
  });

  test('no response: 500, and the text `dispatch error: <err>`', () => {
    const { attributes } = deadLetterEvent(original, { destination, error: 'ECONNREFUSED' });
    expect(attributes['knativeerrorcode']).toBe('500');
    expect(Buffer.from(attributes['knativeerrordata'] ?? '', 'base64').toString()).toBe('dispatch error: ECONNREFUSED');
  });

  test('an empty answer has no knativeerrordata, not even that of an earlier dead letter', () => {
    const again = { ...original, attributes: { ...original.attributes, knativeerrordata: 'b2xk' } };
    const { attributes } = deadLetterEvent(again, { destination, error: '', statusCode: 404, body: new Uint8Array(0) });
    expect(attributes['knativeerrordata']).toBeUndefined();
  });
});

/** Answers of which only the status counts, and what they may set on a dead letter. Source: reference 5.2, 11.3. */
import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../../src/delivery/incoming.ts';

type Answer = Parameters<typeof outcomeOf>[0];

function answer(statusCode: number, headers: Record<string, string>, body = ''): Answer {
  return { kind: 'answer', statusCode, headers, body: Buffer.from(body) };
}

describe('5.2: a response that is no CloudEvent is discarded where nobody is to have it', () => {
  test.each([
    ['text', { 'content-type': 'text/plain' }, 'ok'],
    ['a broken event', { 'ce-specversion': '1.0' }, 'x'],
    ['an event', { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' }, 'x'],
  ])('%s', (_, headers, body) => {
    expect(outcomeOf(answer(200, headers, body), 1, true)).toEqual({ kind: 'accepted', statusCode: 200, latencyMs: 1 });
  });

  test('and is a failure where somebody is', () => {
    expect(outcomeOf(answer(200, {}, 'ok'), 1)).toMatchObject({ kind: 'refused', statusCode: 502 });
  });

  test('a refusal is one in any case', () => {
    expect(outcomeOf(answer(500, {}, 'no'), 1, true)).toMatchObject({ kind: 'refused', statusCode: 500 });
  });
});

describe('11.3: response headers kne-<x> become extensions <x> of the dead letter', () => {
  test('kne-test: foo', () => {
    expect(outcomeOf(answer(422, { 'kne-test': 'foo', 'kne-other1': 'bar', 'x-test': 'no' }), 1)).toMatchObject({
      extensions: { test: 'foo', other1: 'bar' },
    });
  });

  test.each(['kne-id', 'kne-type', 'kne-data', 'kne-with-dash', 'kne-', 'kne-averylongnameofanextension'])(
    '%s sets nothing',
    (name) => {
      expect(outcomeOf(answer(422, { [name]: 'foo' }), 1)).not.toHaveProperty('extensions');
    },
  );
});

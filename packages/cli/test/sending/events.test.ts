import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import type { CliContext } from '../../src/context.ts';
import { type EventFlags, parseEvents, supplyOf } from '../../src/sending/events.ts';
import { colorsFor } from '../../src/terminal/color.ts';

const cwd = mkdtempSync(join(tmpdir(), 'millrace-send-'));
const stream = { write() {}, status() {}, isTTY: false, columns: 80, colors: colorsFor('never', {}, false) };
const context: CliContext = {
  io: {
    out: stream,
    err: stream,
    env: {},
    cwd,
    canAsk: false,
    ask: async () => undefined,
    readInput: async () => Buffer.from('from stdin'),
  },
  clock: new VirtualClock(),
  random: new SeededRandom(1),
};
const make = async (flags: EventFlags) => (await supplyOf(flags, context)).make(0);
const text = (data: Uint8Array | undefined) => Buffer.from(data ?? []).toString();

describe('events from flags', () => {
  test('data that is JSON is sent as application/json, byte for byte', async () => {
    const event = await make({ type: 'a', data: '{ "n": 12345678901234567890, "n": 1.0 }' });
    expect(event.attributes.datacontenttype).toBe('application/json');
    expect(text(event.data)).toBe('{ "n": 12345678901234567890, "n": 1.0 }');
  });

  test('other data is text/plain, unless a content type is given', async () => {
    expect((await make({ data: 'hello' })).attributes.datacontenttype).toBe('text/plain');
    expect((await make({ data: '<a/>', contentType: 'application/xml' })).attributes.datacontenttype).toBe(
      'application/xml',
    );
  });

  test('@file and - name where data comes from', async () => {
    writeFileSync(join(cwd, 'data.bin'), Buffer.from([0, 255, 1]));
    expect([...((await make({ data: '@data.bin' })).data ?? [])]).toEqual([0, 255, 1]);
    expect(text((await make({ data: '-' })).data)).toBe('from stdin');
  });

  test('each event of a count has an id of its own; a given id is numbered', async () => {
    const supply = await supplyOf({ type: 'a' }, context);
    expect(new Set([0, 1, 2].map((index) => supply.make(index).attributes.id)).size).toBe(3);
    const named = await supplyOf({ type: 'a', id: 'x' }, context);
    expect([0, 1].map((index) => named.make(index).attributes.id)).toEqual(['x', 'x-1']);
  });

  test('extensions are attributes; a name that no event may have is refused with its name', async () => {
    expect((await make({ extension: ['region=eu', 'note=a=b'] })).attributes).toMatchObject({
      region: 'eu',
      note: 'a=b',
    });
    await expect(make({ extension: ['Region=eu'] })).rejects.toThrow(/Region/);
  });
});

describe('events from a file', () => {
  const one = { specversion: '1.0', id: '1', source: '/s', type: 'a' };

  test('one event, a JSON array of events, or one a line', () => {
    expect(parseEvents(Buffer.from(JSON.stringify(one)), 'f')).toHaveLength(1);
    expect(parseEvents(Buffer.from(JSON.stringify([one, one])), 'f')).toHaveLength(2);
    expect(parseEvents(Buffer.from(`${JSON.stringify(one)}\n${JSON.stringify(one)}\n`), 'f')).toHaveLength(2);
  });

  test.each([
    ['nothing', '', /f is empty/],
    ['an event without a type', JSON.stringify({ ...one, type: undefined }), /type/],
    ['a line that is no event', `${JSON.stringify(one)}\n{}\n`, /f:2/],
    ['an empty array', '[]', /the array is empty/],
  ])('%s is refused with its place', (_what, content, message) => {
    expect(() => parseEvents(Buffer.from(content), 'f')).toThrow(message);
  });
});

import { makeEvent } from '@millrace/api';
import { MemoryDeadLetters, type NewDeadLetter } from '@millrace/channel';
import { expect, test } from 'vitest';
import { readDeadLetters } from '../../src/server/dead-letters.ts';

function letter(offset: number, name: string): NewDeadLetter {
  const made = makeEvent({ id: `e${offset}`, source: '/s', type: 'a', data: Buffer.from([0, 255]) });
  if (made.kind !== 'event') throw new Error(made.message);
  return {
    subscription: { uid: `uid-${name}`, namespace: 'default', name, revision: 1 },
    log: { uid: 'log', namespace: 'default', name: 'orders' },
    partition: 0,
    offset,
    event: made.event,
    headers: [],
    reason: 'no-dead-letter-sink',
    destination: 'http://127.0.0.1:9/',
    lastError: 'ECONNREFUSED',
    attempts: 3,
    firstFailureMs: 0,
    lastFailureMs: 1_000,
  };
}

async function read(filter: Parameters<typeof readDeadLetters>[1]) {
  const store = new MemoryDeadLetters();
  for (let offset = 0; offset < 250; offset++) await store.put(letter(offset, offset % 2 === 0 ? 'ship' : 'audit'));
  return Array.fromAsync(readDeadLetters(store, filter));
}

test('all of them, over several pages, in the order in which they came', async () => {
  expect((await read({})).map(({ offset }) => offset)).toEqual(Array.from({ length: 250 }, (_, index) => index));
});

test('of one trigger, the newest so many', async () => {
  const letters = await read({ trigger: 'ship', last: 2 });
  expect(letters.map(({ offset }) => offset)).toEqual([246, 248]);
});

test('a letter carries its context and the event with its bytes', async () => {
  const [first] = await read({ namespace: 'default' });
  expect(first).toMatchObject({
    trigger: 'default/ship',
    broker: 'default/orders',
    error: 'ECONNREFUSED',
    attempts: 3,
  });
  expect(JSON.parse(first?.event ?? '{}')).toMatchObject({ id: 'e0', data_base64: 'AP8=' });
});

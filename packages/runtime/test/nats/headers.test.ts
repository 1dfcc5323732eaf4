/** Headers of messages: as they were sent, whichever way they are read. */
import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sharedNats } from '../../../../test/servers/index.ts';
import { headerBlock, headerFields, headersOf } from '../../src/nats/headers.ts';

const nats = sharedNats();
let connection: NatsConnection;

beforeAll(async () => {
  connection = await connect({ servers: nats().servers });
});
afterAll(() => connection.close());

/** The message that a subscriber gets. */
function sent(lines: string | undefined, data: Uint8Array, reply?: string): Promise<Msg> {
  return new Promise((resolve) => {
    const subject = `größe.${Math.random()}`;
    connection.subscribe(subject, { max: 1, callback: (_, message) => resolve(message) });
    connection.publish(subject, data, {
      ...(lines === undefined ? {} : { headers: headerBlock(lines) }),
      ...(reply === undefined ? {} : { reply }),
    });
  });
}

const lines = 'ce-id: 1\r\nce-Source:/a b\r\nempty: \r\ntwice: 1\r\ntwice: 2: 3 \r\n';
const fields = ['ce-id', '1', 'ce-Source', '/a b', 'empty', '', 'twice', '1', 'twice', '2: 3'];

it.each([
  ['with data', new Uint8Array(1_000).fill(13)],
  ['without data', new Uint8Array(0)],
])(
  'H2: are read as they came, in their order, without the client having made anything of them: %s',
  async (_, data) => {
    for (const reply of [undefined, 'answer.to']) {
      const message = await sent(lines, data, reply);
      expect(headersOf(message)).toEqual(fields);
      // Where the client keeps what it has read of them.
      expect(message).toHaveProperty('_headers', undefined);
      expect(Buffer.from(message.data)).toEqual(Buffer.from(data));
    }
  },
);

it('H2: a message without headers has none, whatever its data look like', async () => {
  expect(headersOf(await sent(undefined, Buffer.from('NATS/1.0\r\na: b\r\n\r\n')))).toEqual([]);
});

it('H2: what the client does not keep before the data is asked of the client', () => {
  const own = headers();
  own.append('a', 'b');
  own.append('a', 'c');
  const message = { subject: 's', data: new Uint8Array(3), headers: own } as unknown as Msg;
  expect(headersOf(message)).toEqual(['a', 'b', 'a', 'c']);
  expect(headersOf({ ...message, data: message.data, size: () => 1_000 } as unknown as Msg)).toEqual([
    'a',
    'b',
    'a',
    'c',
  ]);
  const before = Buffer.from('xxxxxxxxNATS/2.0\r\na: b\r\n\r\ndata');
  const data = before.subarray(-4);
  const size = () => before.length - 8 + 1;
  expect(headersOf({ subject: 's', data, headers: own, size } as unknown as Msg)).toEqual(['a', 'b', 'a', 'c']);
});

it('a block that is cut off gives what is whole', () => {
  expect(headerFields('NATS/1.0\r\na: b\r\nc: d')).toEqual(['a', 'b']);
  expect(headerFields('NATS/1.0')).toEqual([]);
  expect(headerFields('')).toEqual([]);
  expect(headerFields('NATS/1.0\r\n: x\r\nno colon\r\na:b\r\n\r\n')).toEqual(['a', 'b']);
});

/** Events through channels: fan-out, replies, dead letters. Reference 12.3, 5.2. */
import { expect } from 'vitest';
import { addressOf } from '../support/api.ts';
import { channel, refTo, send, subscribed, subscription } from '../support/channels.ts';
import { failFirst, type Probe, reply, status } from '../support/probe.ts';
import { channelClause } from '../support/suite.ts';
import type { ChannelKind } from '../support/target.ts';
import type { Space } from '../support/world.ts';

/** Retries that come at once: what counts here is how many. */
const quick = { backoffPolicy: 'linear', backoffDelay: 'PT0.01S' };

channelClause('channel.fan-out', async (space, kind) => {
  const sinks = [1, 2, 3].map((number) => space.probe(`sink-${number}`));
  const url = addressOf(await channel(space, kind, 'c'));
  await Promise.all(
    sinks.map((sink, index) => subscription(space, kind, `s${index}`, { channel: 'c', subscriber: sink })),
  );
  const ids = [await send(url), await send(url)];
  for (const sink of sinks) expect((await sink.exactly(2)).map(({ id }) => id).sort()).toEqual(ids.toSorted());
});

/** One event to a subscriber and a reply address that behave so, with a dead letter sink. */
async function deliver(
  space: Space,
  kind: ChannelKind,
  behaviours: { readonly subscriber: Probe['behaviour']; readonly reply?: Probe['behaviour'] },
  delivery: Readonly<Record<string, unknown>>,
) {
  const [subscriber, dls] = [space.probe('sink', behaviours.subscriber), space.probe('dls')];
  const replies = space.probe('replies', behaviours.reply);
  const deadLetterSink = { uri: dls.url };
  const url = await subscribed(space, kind, {
    subscriber,
    delivery: { deadLetterSink, ...quick, ...delivery },
    ...(behaviours.reply === undefined ? {} : { reply: replies }),
  });
  // An in-memory channel answers when all has failed: that is its clause, not these.
  const id = await send(url, { data: 'data' }).catch(() => '');
  return { subscriber, replies, dls, id };
}

const answers = reply({ type: 'answer' }, 'pong');

channelClause('channel.retry', async (space, kind) => {
  const { subscriber, dls } = await deliver(space, kind, { subscriber: failFirst(1) }, { retry: 1 });
  await subscriber.exactly(2);
  await dls.exactly(0);
});

channelClause('channel.retry-reply', async (space, kind) => {
  const failsOnce: Probe['behaviour'] = (response, attempt, received) =>
    attempt === 1 ? void response.writeHead(503).end() : answers(response, attempt, received);
  const { subscriber, replies, dls } = await deliver(
    space,
    kind,
    { subscriber: failsOnce, reply: status(202) },
    { retry: 1 },
  );
  expect((await replies.one()).body.toString()).toBe('pong');
  await subscriber.exactly(2);
  await dls.exactly(0);
});

channelClause('channel.reply-fails-once', async (space, kind) => {
  const { replies, dls } = await deliver(space, kind, { subscriber: answers, reply: failFirst(1) }, { retry: 1 });
  expect((await replies.exactly(2)).map(({ type }) => type)).toEqual(['answer', 'answer']);
  await dls.exactly(0);
});

channelClause('channel.reply-fails-twice', async (space, kind) => {
  const { dls, id, replies } = await deliver(space, kind, { subscriber: answers, reply: status(500) }, { retry: 1 });
  await replies.exactly(2);
  const letter = await dls.one();
  if (id !== '') expect(letter.id).toBe(id);
  expect(letter.body.toString()).toBe('data');
});

channelClause('channel.reply-dropped', async (space, kind) => {
  const { subscriber, dls } = await deliver(space, kind, { subscriber: answers }, { retry: 1 });
  await subscriber.one();
  await dls.exactly(0);
});

const thanks = status(200, 'thank you', { 'content-type': 'text/plain' });

channelClause('channel.answer-no-event', async (space, kind) => {
  const { subscriber, dls } = await deliver(space, kind, { subscriber: thanks }, { retry: 1 });
  await subscriber.one();
  await dls.exactly(0);
});

channelClause('channel.reply-no-event', async (space, kind) => {
  const { replies, dls } = await deliver(space, kind, { subscriber: thanks, reply: status(202) }, { retry: 0 });
  expect((await dls.one()).headers['ce-knativeerrorcode']).toBe('502');
  await replies.exactly(0);
});

channelClause('channel.transformation', async (space, kind) => {
  const transforms = space.probe('transform', (response, attempt, received) =>
    reply({ id: received.id, type: 'transformed' }, `new ${received.body}`)(response, attempt, received),
  );
  const sink = space.probe('sink');
  const last = await channel(space, kind, 'last');
  await subscription(space, kind, 'end', { channel: 'last', subscriber: sink });
  const url = await subscribed(space, kind, { subscriber: transforms, reply: { uri: addressOf(last) } });
  for (const data of ['one', 'two', 'three']) await send(url, { data });
  const came = await sink.exactly(3);
  expect(came.map(({ type, body }) => `${type} ${body}`).sort()).toEqual([
    'transformed new one',
    'transformed new three',
    'transformed new two',
  ]);
});

channelClause('channel.chain', async (space, kind) => {
  const sink = space.probe('sink');
  const numbers = Array.from({ length: 10 }, (_, index) => index);
  const made = await Promise.all(numbers.map((number) => channel(space, kind, `c${number}`)));
  await Promise.all(
    numbers.map((number) =>
      subscription(space, kind, `s${number}`, {
        channel: `c${number}`,
        subscriber: number === 9 ? sink : refTo(kind, `c${number + 1}`),
      }),
    ),
  );
  const [first] = made;
  const id = await send(addressOf(first as (typeof made)[number]), { data: 'far' });
  const { id: came, body } = await sink.one();
  expect([came, body.toString()]).toEqual([id, 'far']);
});

channelClause('channel.as-sink', async (space, kind) => {
  const sink = space.probe('sink');
  await subscribed(space, kind, { subscriber: sink }, ['second', 'to-sink']);
  const url = await subscribed(space, kind, { subscriber: refTo(kind, 'second') });
  const id = await send(url);
  expect((await sink.one()).id).toBe(id);
});

channelClause('channel.dead-letter', async (space, kind) => {
  const { dls } = await deliver(space, kind, { subscriber: status(500) }, { retry: 0 });
  const letter = await dls.one();
  expect([letter.body.toString(), letter.headers['kn-namespace']]).toEqual(['data', space.namespace]);
});

channelClause('channel.dead-letter-own', async (space, kind) => {
  const dls = space.probe('dls');
  const delivery = { deadLetterSink: { uri: dls.url }, retry: 0 };
  const url = addressOf(await channel(space, kind, 'c', { delivery }));
  await subscription(space, kind, 's', { channel: 'c', subscriber: space.probe('sink', status(400)) });
  await send(url).catch(() => '');
  await dls.one();
});

channelClause('channel.as-dead-letter', async (space, kind) => {
  const letters = space.probe('letters');
  await subscribed(space, kind, { subscriber: letters }, ['dead', 'to-letters']);
  const url = await subscribed(space, kind, {
    subscriber: space.probe('sink', status(400)),
    delivery: { deadLetterSink: refTo(kind, 'dead') },
  });
  await send(url, { data: 'lost' }).catch(() => '');
  const { headers, body } = await letters.one();
  expect([body.toString(), headers['ce-knativeerrorcode']]).toEqual(['lost', '400']);
});

const page = '<!doctype html><title>422</title><h1>Unprocessable</h1>';

/** Answers of a subscriber by clause, and the error extensions its dead letter has. */
const letterRows: Readonly<
  Record<string, readonly [Probe['behaviour'], Readonly<Record<string, string | undefined>>]>
> = {
  'channel.dls-code': [status(422), { code: '422', data: undefined }],
  'channel.dls-data': [status(422, 'no good'), { code: '422', data: Buffer.from('no good').toString('base64') }],
  'channel.dls-html': [
    status(422, page, { 'content-type': 'text/html' }),
    { code: '422', data: Buffer.from(page).toString('base64') },
  ],
};

for (const [clauseId, [behaviour, { code, data }]] of Object.entries(letterRows)) {
  channelClause(clauseId, async (space, kind) => {
    const { dls, subscriber } = await deliver(space, kind, { subscriber: behaviour }, { retry: 0 });
    const { headers } = await dls.one();
    expect([headers['ce-knativeerrordest'], headers['ce-knativeerrorcode'], headers['ce-knativeerrordata']]).toEqual([
      subscriber.url,
      code,
      data,
    ]);
  });
}

channelClause('channel.dls-unreachable', async (space, kind) => {
  const dls = space.probe('dls');
  // Port 1 is reserved and nobody listens there.
  const nowhere = 'http://127.0.0.1:1/';
  const url = await subscribed(space, kind, {
    subscriber: { uri: nowhere },
    delivery: { retry: 0, deadLetterSink: { uri: dls.url } },
  });
  await send(url).catch(() => '');
  const { headers } = await dls.one();
  expect([headers['ce-knativeerrordest'], headers['ce-knativeerrorcode']]).toEqual([nowhere, '500']);
});

channelClause('channel.timeout', async (space, kind) => {
  const slow: Probe['behaviour'] = (response) => void setTimeout(() => response.writeHead(204).end(), 1_500);
  const { subscriber, dls } = await deliver(space, kind, { subscriber: slow }, { retry: 0, timeout: 'PT0.5S' });
  await subscriber.one();
  await dls.one();
});

channelClause('channel.retry-after', async (space, kind) => {
  const refusals = 2;
  const busy: Probe['behaviour'] = (response, attempt) =>
    void (attempt <= refusals ? response.writeHead(429, { 'retry-after': '1' }) : response.writeHead(204)).end();
  const { subscriber, dls } = await deliver(
    space,
    kind,
    { subscriber: busy },
    { retry: 5, backoffDelay: 'PT0.5S', retryAfterMax: 'PT30S' },
  );
  const came = await subscriber.exactly(refusals + 1);
  const gaps = came.slice(1).map(({ atMs }, index) => atMs - (came[index]?.atMs ?? 0));
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(995);
    // Jitter of a tenth, and a machine that is shared.
    expect(gap).toBeLessThan(4_000);
  }
  await dls.exactly(0);
});

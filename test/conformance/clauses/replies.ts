/** Replies and what ends them: the TTL, arrival times, answers that are no replies. */
import { expect } from 'vitest';
import { type Probe, reply, status } from '../support/probe.ts';
import { question, through, workflow } from '../support/scenes.ts';
import { clause } from '../support/suite.ts';
import type { Space } from '../support/world.ts';

clause('ttl.hidden', async (space) => {
  const { headers } = await through(space, { attributes: { knativebrokerttl: 5 } });
  expect(headers['ce-knativebrokerttl']).toBeUndefined();
});

clause('arrival-time.visible', async (space) => {
  const before = Date.now();
  const time = Date.parse(String((await through(space, {})).headers['ce-knativearrivaltime']));
  expect(time).toBeGreaterThanOrEqual(before - 1);
  expect(time).toBeLessThanOrEqual(Date.now() + 1);
});

clause('arrival-time.overwritten', async (space) => {
  const sent = '2001-01-01T00:00:00Z';
  const { headers } = await through(space, { attributes: { knativearrivaltime: sent } });
  expect(Date.parse(String(headers['ce-knativearrivaltime']))).toBeGreaterThan(Date.parse(sent));
});

clause('ttl.one', async (space) => {
  await space.broker();
  const codes = await Promise.all(
    [1, 0, -5].map(async (ttl) => (await space.post({ attributes: { knativebrokerttl: ttl } })).status),
  );
  expect(codes).toEqual([400, 400, 400]);
});

clause('ttl.loop', async (space) => {
  const [loop, dls] = [space.probe('loop', reply({ type: 'loop' })), space.probe('dls')];
  await space.broker();
  await space.trigger('t', {
    subscriber: loop,
    filter: { type: 'loop' },
    delivery: { retry: 0, deadLetterSink: { uri: dls.url } },
  });
  await space.send({ attributes: { type: 'loop', knativebrokerttl: 6 } });
  // Taken with 5; the replies to the first four deliveries are stored with 4, 3, 2, 1; the fifth cannot be.
  await loop.exactly(5);
  const { headers } = await dls.one();
  expect(headers['ce-knativeerrorcode']).toBe('400');
});

clause('ttl.not-a-number', async (space) => {
  await space.broker();
  expect((await space.post({ attributes: { knativebrokerttl: 'many' } })).status).toBe(202);
});

clause('ttl.default', async (space) => {
  const loop = space.probe('loop', reply({ type: 'loop', id: 'again' }));
  await space.broker();
  await space.trigger('t', { subscriber: loop, filter: { type: 'loop' } });
  await space.send({ attributes: { type: 'loop' } });
  // One append to disk after another: the machine decides how long that takes.
  await loop.atLeast(255, 'hops', 45_000);
  await loop.exactly(255);
  const settled = await space.settled('t', 255);
  expect(settled.filter(({ outcome }) => outcome === 'dead-lettered')).toHaveLength(1);
});

clause('reply.arrival', async (space) => {
  const { sink } = await workflow(space);
  expect((await sink.one()).headers['ce-knativearrivaltime']).toMatch(/^\d{4}-\d\d-\d\dT/);
});

/** A subscriber that answers so, once; what its dead letter sink gets. */
async function deadLetterOf(space: Space, behaviour: Probe['behaviour']) {
  const [sink, dls] = [space.probe('sink', behaviour), space.probe('dls')];
  await space.broker();
  await space.trigger('t', { subscriber: sink, delivery: { retry: 0, deadLetterSink: { uri: dls.url } } });
  await space.send();
  const letter = await dls.one();
  await sink.one();
  return letter;
}

clause('reply.no-event', async (space) => {
  const { headers } = await deadLetterOf(space, status(200, 'thank you', { 'content-type': 'text/plain' }));
  expect(headers['ce-knativeerrorcode']).toBe('502');
});

clause('reply.invalid-event', async (space) => {
  const { headers } = await deadLetterOf(
    space,
    status(200, '', { 'ce-specversion': '1.0', 'ce-type': 'x', 'ce-source': '/x' }),
  );
  expect(headers['ce-knativeerrorcode']).toBe('502');
});

clause('reply.structured', async (space) => {
  const event = JSON.stringify({ specversion: '1.0', id: 'answer', source: '/reply', type: 'answer', data: { a: 1 } });
  const first = space.probe('first', status(200, event, { 'content-type': 'application/cloudevents+json' }));
  const { second } = await question(space, first);
  expect(JSON.parse((await second.one()).body.toString())).toMatchObject({ id: 'answer', data: { a: 1 } });
});

clause('reply.empty', async (space) => {
  const sink = space.probe('sink', status(200));
  await space.broker();
  await space.trigger('t', { subscriber: sink });
  await space.send();
  const [end] = await space.settled('t');
  expect([end?.outcome, end?.replied]).toEqual(['delivered', false]);
  await sink.one();
});

clause('reply.headers', async (space) => {
  const headers = { 'knative-answer': 'yes', 'x-custom': 'no', 'set-cookie': 'a=b' };
  const first = space.probe('first', reply({ type: 'answer' }, '', 200, headers));
  const { second } = await question(space, first);
  const came = (await second.one()).headers;
  expect([came['knative-answer'], came['x-custom'], came['set-cookie'], came['cookie']]).toEqual([
    'yes',
    undefined,
    undefined,
    undefined,
  ]);
});

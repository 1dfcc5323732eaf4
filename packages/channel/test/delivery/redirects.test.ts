/** Redirects. Source: reference 4.2; what is not followed, and why: `packages/runtime/src/http/client/call.ts` C5. */
import { expect, test } from 'vitest';
import { deliverer, httpSubscriber, send } from './support/servers.ts';

test.each([307, 308])('reference 4.2: %i is followed with the same method, headers and body', async (status) => {
  const target = await httpSubscriber((_, response) => response.writeHead(202).end());
  const first = await httpSubscriber((_, response) =>
    response.writeHead(status, { location: `${target.url}there?x=1` }).end('moved'),
  );
  expect(await send(deliverer(), first.url)).toMatchObject({ kind: 'accepted', statusCode: 202 });
  expect(target.seen).toHaveLength(1);
  expect(target.seen[0]).toMatchObject({ method: 'POST', url: '/there?x=1' });
  expect(target.seen[0]?.headers).toMatchObject({ 'ce-id': 'e-1', prefer: 'reply', host: `127.0.0.1:${target.port}` });
  expect(target.seen[0]?.body.toString()).toBe('{"n":1.0}');
});

test('a relative Location is resolved against the target', async () => {
  const subscriber = await httpSubscriber((request, response) => {
    if (request.url === '/a/b') response.writeHead(307, { location: '../c' }).end();
    else response.writeHead(200).end();
  });
  expect(await send(deliverer(), `${subscriber.url}a/b`)).toMatchObject({ kind: 'accepted' });
  expect(subscriber.seen.map(({ url }) => url)).toEqual(['/a/b', '/c']);
});

test('credentials in a URL do not travel to another origin', async () => {
  const target = await httpSubscriber((_, response) => response.writeHead(202).end());
  const first = await httpSubscriber((_, response) => response.writeHead(307, { location: target.url }).end());
  await send(deliverer(), first.url.replace('http://', 'http://me:secret@'));
  expect(target.seen[0]?.headers).not.toHaveProperty('authorization');
});

test.each([301, 302, 303])(
  '%i would lose the event in a GET: it refuses, and says what to answer instead',
  async (status) => {
    const target = await httpSubscriber((_, response) => response.writeHead(200).end());
    const first = await httpSubscriber((_, response) => response.writeHead(status, { location: target.url }).end());
    expect(await send(deliverer(), first.url)).toMatchObject({
      kind: 'refused',
      statusCode: status,
      note: expect.stringMatching(/307 or 308/),
    });
    expect(target.seen).toHaveLength(0);
  },
);

test('a loop ends after 10 redirects, refused', async () => {
  const subscriber = await httpSubscriber((_, response) => response.writeHead(307, { location: '/' }).end());
  expect(await send(deliverer(), subscriber.url)).toMatchObject({
    kind: 'refused',
    statusCode: 307,
    note: expect.stringMatching(/too many redirects/),
  });
  expect(subscriber.seen).toHaveLength(11);
});

test.each([
  ['another scheme', 'file:///etc/passwd', /only http and https/],
  ['no URL', 'http://[', /no URL/],
  ['nothing', '', /without a Location/],
])('a redirect to %s is refused', async (_, location, note) => {
  const subscriber = await httpSubscriber((_, response) => response.writeHead(308, { location }).end());
  expect(await send(deliverer(), subscriber.url)).toMatchObject({
    kind: 'refused',
    statusCode: 308,
    note: expect.stringMatching(note),
  });
});

test('the timeout covers all redirects together', async () => {
  const subscriber = await httpSubscriber((request, response) => {
    if (request.url === '/') response.writeHead(307, { location: '/slow' }).end();
  });
  expect(await send(deliverer(), subscriber.url, { timeoutMs: 150 })).toMatchObject({
    kind: 'no-answer',
    why: 'timeout',
  });
  expect(subscriber.seen.map(({ url }) => url)).toEqual(['/', '/slow']);
});

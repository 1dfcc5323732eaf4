import { createHmac } from 'node:crypto';
import type { GitHubSourceRoute } from '@millrace/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathOf, sign, start, type WebhookRequest } from '../../src/github/index.ts';
import { examples } from '../support/examples.ts';
import { testPorts, text } from '../support/ports.ts';
import { gitHubRoute, secret } from '../support/routes.ts';

const body = Buffer.from('{ "action" : "started", "n": 12345678901234567890, "repository": {"id": 1.0} }');

function requestOf(bytes: Uint8Array = body, headers: WebhookRequest['headers'] = {}): WebhookRequest {
  return {
    method: 'POST',
    path: '/github/ns/hooks',
    body: bytes,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'watch',
      'x-github-delivery': 'd-1',
      'x-hub-signature-256': sign(secret, bytes),
      ...headers,
    },
  };
}

function started(route = gitHubRoute()) {
  const ports = testPorts();
  return { ports, source: start(route, ports) };
}

async function answer(request: WebhookRequest, route = gitHubRoute()) {
  const { ports, source } = started(route);
  const { statusCode, body: said, headers } = await source.receive(request);
  return { statusCode, said, headers, sent: ports.emitter.emissions.length };
}

describe('a webhook request', () => {
  it('well signed: 202 "accepted", one event with the received bytes (design 3: nothing is printed again)', async () => {
    const { ports, source } = started();
    expect(await source.receive(requestOf())).toMatchObject({ statusCode: 202, body: 'accepted' });
    expect(ports.emitter.events.map(({ data }) => text(data))).toEqual([body.toString()]);
    expect(ports.emitter.emissions[0]).toMatchObject({ namespace: 'ns', sink: { url: 'http://sink.test/' } });
    expect(source.view()).toMatchObject({ state: 'running', sent: 1, path: '/github/ns/hooks' });
  });

  it('is answered 202 only after the sink has taken the event', async () => {
    const { ports, source } = started();
    ports.emitter.hold = true;
    let answered = false;
    const answering = source.receive(requestOf()).then((result) => {
      answered = true;
      return result;
    });
    await ports.clock.advance(5_000);
    expect(answered).toBe(false);
    ports.emitter.release();
    expect(await answering).toMatchObject({ statusCode: 202 });
  });

  it('is given up in time for GitHub, which waits ten seconds', async () => {
    const { ports, source } = started();
    await source.receive(requestOf());
    expect(ports.emitter.emissions[0]?.deadlineMs).toBeLessThan(10_000);
  });

  it('as a form: the data is the decoded payload, the signature that of the whole body', async () => {
    const json = '{"action":"started","text":"a b+c%20é\u{1f980}"}';
    const form = Buffer.from(`payload=${encodeURIComponent(json).replaceAll('%20', '+')}`);
    const { ports, source } = started();
    const request = requestOf(form, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(await source.receive(request)).toMatchObject({ statusCode: 202 });
    expect(text(ports.emitter.events[0]?.data)).toBe(json);
    expect(ports.emitter.events[0]?.attributes.datacontenttype).toBe('application/json');
  });

  it('all payloads of @octokit/webhooks-examples are accepted', async () => {
    const { ports, source } = started();
    for (const { kind, payload } of examples) {
      const bytes = Buffer.from(JSON.stringify(payload));
      const { statusCode, body: said } = await source.receive(requestOf(bytes, { 'x-github-event': kind }));
      expect(`${kind} ${statusCode} ${said}`).toBe(`${kind} 202 accepted`);
    }
    expect(ports.emitter.emissions).toHaveLength(examples.length);
  });
});

describe('the signature', () => {
  it('is that of the GitHub documentation', () => {
    const expected = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(sign("It's a Secret to Everybody", Buffer.from('Hello, World!'))).toBe(expected);
  });

  const right = sign(secret, body);
  const sha1 = `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`;
  it.each([
    ['missing', { 'x-hub-signature-256': undefined }],
    ['empty', { 'x-hub-signature-256': '' }],
    ['of another secret', { 'x-hub-signature-256': sign('other', body) }],
    ['of another body', { 'x-hub-signature-256': sign(secret, Buffer.from('{}')) }],
    ['cut', { 'x-hub-signature-256': right.slice(0, -2) }],
    ['longer', { 'x-hub-signature-256': `${right}00` }],
    ['without its prefix', { 'x-hub-signature-256': right.slice(7) }],
    ['not hexadecimal', { 'x-hub-signature-256': `sha256=${'z'.repeat(64)}` }],
    ['SHA-1 in the old header only', { 'x-hub-signature-256': undefined, 'x-hub-signature': sha1 }],
    ['SHA-1 in the new header', { 'x-hub-signature-256': sha1 }],
    ['given twice', { 'x-hub-signature-256': [right, right] }],
  ])('%s: 400, nothing sent', async (_what, headers) => {
    const { statusCode, said, sent } = await answer(requestOf(body, headers));
    expect({ statusCode, sent }).toEqual({ statusCode: 400, sent: 0 });
    expect(JSON.parse(said).error).toMatch(/^signature: /);
  });

  it('of a body with any one byte changed is refused', () => {
    return fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(body);
        changed[at] = (changed[at] ?? 0) ^ change;
        const { statusCode, sent } = await answer(requestOf(changed, { 'x-hub-signature-256': right }));
        expect({ statusCode, sent }).toEqual({ statusCode: 400, sent: 0 });
      }),
      { seed: 611, numRuns: 50 },
    );
  });

  it('with capital hexadecimal digits is the same signature', async () => {
    const capital = `sha256=${right.slice(7).toUpperCase()}`;
    expect((await answer(requestOf(body, { 'x-hub-signature-256': capital }))).statusCode).toBe(202);
  });
});

describe('a request that is refused', () => {
  it.each([
    ['an event kind that is not known', {}, { 'x-github-event': 'unheard_of' }, 404],
    ['a kind named like a member of Object', {}, { 'x-github-event': 'constructor' }, 404],
    ['no event kind', {}, { 'x-github-event': undefined }, 400],
    ['no delivery id', {}, { 'x-github-delivery': undefined }, 400],
    ['an endless delivery id', {}, { 'x-github-delivery': 'x'.repeat(257) }, 400],
    ['a delivery id no attribute may have', {}, { 'x-github-delivery': 'a\u0001b' }, 400],
    ['another content type', {}, { 'content-type': 'text/plain' }, 400],
    ['no content type', {}, { 'content-type': undefined }, 400],
    ['broken JSON', '{"action":', {}, 400],
    ['an empty body', '', {}, 400],
    ['a JSON array', '[]', {}, 400],
    ['a JSON null', 'null', {}, 400],
    ['text that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), {}, 400],
    ['a form without payload', 'x=1', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
    ['a form with a broken payload', 'payload=%7B', { 'content-type': 'application/x-www-form-urlencoded' }, 400],
  ])('%s', async (_what, given, headers, statusCode) => {
    const bytes = typeof given === 'string' ? Buffer.from(given) : given instanceof Uint8Array ? given : body;
    const result = await answer(requestOf(bytes, headers));
    expect(result).toMatchObject({ statusCode, sent: 0 });
    expect(JSON.parse(result.said).error.length).toBeGreaterThan(10);
  });

  it('GET: 405 with Allow', async () => {
    expect(await answer({ ...requestOf(), method: 'GET' })).toMatchObject({
      statusCode: 405,
      headers: { allow: 'POST' },
    });
  });

  it.each([
    ['secret', 'secretToken'],
    ['sink', 'sinkUri'],
  ] as const)('%s not there yet: 503 with Retry-After, and the view says so', async (what, missing) => {
    const { [missing]: _, ...route } = gitHubRoute();
    const { source } = started(route as GitHubSourceRoute);
    const result = await source.receive(requestOf());
    expect(result).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
    expect(result.body).toContain(what);
    expect(source.view()).toMatchObject({ state: 'failed', reason: expect.stringContaining(what) });
    source.update?.(gitHubRoute());
    expect(await source.receive(requestOf())).toMatchObject({ statusCode: 202 });
  });

  it('while stopping: 503', async () => {
    const { source } = started();
    await source.stop();
    expect(await source.receive(requestOf())).toMatchObject({ statusCode: 503 });
  });
});

describe('a failing sink is not the sender’s fault', () => {
  it.each([
    [{ kind: 'refused', statusCode: 400, attempts: 1, reason: 'r' }, 502, undefined],
    [{ kind: 'refused', statusCode: 500, attempts: 6, reason: 'r' }, 502, undefined],
    [{ kind: 'refused', statusCode: 503, attempts: 6, reason: 'r', retryAfter: '7' }, 503, '7'],
    [{ kind: 'refused', statusCode: 429, attempts: 6, reason: 'r' }, 503, '5'],
    [{ kind: 'no-answer', attempts: 6, reason: 'ECONNREFUSED' }, 502, undefined],
    [{ kind: 'overflow', attempts: 0, reason: 'r' }, 503, '5'],
    [{ kind: 'stopped', attempts: 1, reason: 'r' }, 503, '5'],
  ] as const)('%j: %i', async (outcome, statusCode, retryAfter) => {
    const { ports, source } = started();
    ports.emitter.outcome = outcome;
    const result = await source.receive(requestOf());
    expect(result.statusCode).toBe(statusCode);
    expect(result.headers['retry-after']).toBe(retryAfter);
    expect(source.view()).toMatchObject({ sent: 0, unsent: 1 });
  });
});

it('the path names the object', () => {
  expect(pathOf('ns', 'hooks')).toBe('/github/ns/hooks');
});

/** Publishing: an acknowledgement, a refusal, nobody who takes it, and an acknowledgement that does not come; on a real server. */
import { TcpProxy } from '@millrace/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedNats } from '../../../../test/servers/index.ts';
import { type Clock, connectNats, systemClock, systemRandom } from '../../src/index.ts';
import type { NatsClient } from '../../src/nats/types.ts';

const nats = sharedNats();
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function connected(server: string, clock: Clock = systemClock): Promise<NatsClient> {
  const made = await connectNats({ servers: [server] }, { clock, random: systemRandom });
  if (made.kind === 'failed') throw new Error(made.reason);
  ends.push(() => made.client.abort());
  return made.client;
}

const message = (subject: string, headers = '') => ({ subject, headers, data: Buffer.from('x') });

describe('publishing', () => {
  it('a thousand at once: each gets its own sequence, in the order of publishing', async () => {
    const client = await connected(nats().servers);
    expect(await client.createStream({ name: 'P', subjects: ['p.>'] })).toMatchObject({ kind: 'ok' });
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => client.publish([message(`p.${at}`)], false)),
    );
    expect(answers.map((answer) => (answer.kind === 'ok' ? answer.value.sequences : answer))).toEqual(
      Array.from({ length: 1_000 }, (_, at) => [at + 1]),
    );
    // A message id the stream has already: said to be a duplicate, with the sequence it has.
    const again = [message('p.id', 'Nats-Msg-Id: one\r\n')];
    expect(await client.publish(again, false)).toEqual({ kind: 'ok', value: { sequences: [1_001], duplicate: false } });
    expect(await client.publish(again, false)).toEqual({ kind: 'ok', value: { sequences: [1_001], duplicate: true } });
  });

  it('a subject no stream takes: said at once, not after the time of a request', async () => {
    const client = await connected(nats().servers);
    const beganMs = performance.now();
    expect(await client.publish([message('nobody.takes.this')], false)).toEqual({
      kind: 'unreachable',
      reason: 'no stream takes the message just now',
    });
    expect(performance.now() - beganMs).toBeLessThan(2_000);
  });

  it('what the server refuses is refused, with its code and its words', async () => {
    const client = await connected(nats().servers);
    await client.createStream({ name: 'R', subjects: ['r.>'] });
    const wrong = message('r.1', 'Nats-Expected-Last-Sequence: 7\r\n');
    expect(await client.publish([wrong], false)).toMatchObject({ kind: 'refused', code: 10_071 });
  });

  it('an acknowledgement that does not come: the attempt ends after the time of a request, the next one works', async () => {
    const proxy = await TcpProxy.start();
    ends.push(() => proxy.stop());
    proxy.target(Number(nats().servers.split(':')[1]));
    // A time of five seconds is over in a tenth of a second.
    const setTimer: Clock['setTimer'] = (delayMs, callback, options) =>
      systemClock.setTimer(delayMs / 50, callback, options);
    const client = await connected(`127.0.0.1:${proxy.port}`, { ...systemClock, setTimer });
    await client.createStream({ name: 'H', subjects: ['h.>'] });
    expect(await client.publish([message('h.1')], false)).toMatchObject({ kind: 'ok' });
    proxy.hold();
    expect(await client.publish([message('h.2')], false)).toEqual({
      kind: 'unreachable',
      reason: 'no answer within 5 s',
    });
    proxy.resume();
    expect(await client.publish([message('h.3')], false)).toMatchObject({ kind: 'ok' });
  });
});

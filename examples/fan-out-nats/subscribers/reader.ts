/**
 * Answers each tick with the next webhook: real payloads of GitHub, all of them, and then again.
 *
 * A tick that comes a second time, because its answer was lost on the way, is answered with the same webhook again.
 */
import { createRequire } from 'node:module';
import { serve } from './service.ts';

interface Payload {
  readonly action?: string;
}

const definitions = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly Payload[];
}[];
const webhooks = definitions.flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));

/** From one webhook to the next: those of a sort stand side by side, and are mixed so. A prime, so that none is left out. */
const stride = 101;

/** Ticks whose number is remembered: the oldest is forgotten first. */
const rememberedMax = 10_000;

const numbers = new Map<string, number>();
let next = 0;

serve('reader', ({ id: tick }) => {
  const number = numbers.get(tick) ?? next++;
  numbers.set(tick, number);
  if (numbers.size > rememberedMax) numbers.delete(numbers.keys().next().value ?? '');
  const webhook = webhooks[(number * stride) % webhooks.length];
  if (!webhook) throw new Error('there are no webhooks');
  return {
    headers: {
      'ce-specversion': '1.0',
      'ce-id': `webhook-${number}`,
      'ce-source': '/examples/fan-out-nats/reader',
      'ce-type': `dev.millrace.example.webhook.${webhook.name}`,
      ...(webhook.payload.action !== undefined && { 'ce-action': webhook.payload.action }),
      'content-type': 'application/json',
    },
    body: JSON.stringify(webhook.payload),
  };
});

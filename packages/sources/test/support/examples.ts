/** Every payload of `@octokit/webhooks-examples`, each with the name of its event. */
import { createRequire } from 'node:module';

export interface Example {
  readonly kind: string;
  readonly index: number;
  // biome-ignore lint/suspicious/noExplicitAny: payloads of 58 shapes, read by tests field by field
  readonly payload: any;
}

interface Definition {
  readonly name: string;
  readonly examples: readonly unknown[];
}

const require = createRequire(import.meta.url);
const definitions = require('@octokit/webhooks-examples') as readonly Definition[];

export const examples: readonly Example[] = definitions.flatMap(({ name, examples: payloads }) =>
  payloads.map((payload, index) => ({ kind: name, index, payload })),
);

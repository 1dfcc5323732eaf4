/** What the demonstration posts: every payload of `@octokit/webhooks-examples`, real webhooks of GitHub. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

export interface WebhookPayload {
  /** Name of the webhook event, e.g. `pull_request`: the header `X-GitHub-Event`. */
  readonly kind: string;
  /** Header `X-GitHub-Delivery`, and with it the event's id: unlike in any other run. */
  readonly id: string;
  /** The payload as it is posted and signed. */
  readonly body: Uint8Array;
  /** The same, to look into. */
  readonly json: unknown;
}

interface Definition {
  readonly name: string;
  readonly examples: readonly unknown[];
}

/** All payloads, numbered. The package is read when this is called: 3 MB that no other command needs. */
export function loadPayloads(runId: string): readonly WebhookPayload[] {
  const definitions = require('@octokit/webhooks-examples') as readonly Definition[];
  const all = definitions.flatMap(({ name, examples }) => examples.map((json) => ({ kind: name, json })));
  return all.map(({ kind, json }, index) => ({
    kind,
    json,
    id: `${runId}-${String(index + 1).padStart(4, '0')}`,
    body: Buffer.from(JSON.stringify(json)),
  }));
}

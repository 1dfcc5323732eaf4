/**
 * `examples/fan-out-nats` as a person runs it: Millrace and all services are processes, the streams are on a real nats-server.
 *
 * What must come out is worked out here from the payloads, by other means than the example's.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, describe, expect, test } from 'vitest';
import { sharedNats } from '../servers/index.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { root } from '../support/tree.ts';

/** Nine processes and seven streams: on a busy machine this takes its time. */
const timeoutMs = 180_000;
/** So many come from the clock before the test sends the others itself. */
const ticksOfTheClock = 3;

const definitions = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly { readonly action?: string }[];
}[];
const payloads = definitions.flatMap(({ name, examples }) => examples.map(({ action }) => ({ name, action })));

type Webhook = (typeof payloads)[number];

/** In the order in which the reader gives them: each 101st. */
const webhooks = payloads.map((_, number) => payloads[(number * 101) % payloads.length] as Webhook);

/** Who must get a webhook, as `service name`. */
const wanted: Readonly<Record<string, (webhook: Webhook) => boolean>> = {
  'archive ': () => true,
  'digest issues': ({ name }) => isIssue(name),
  'digest pull-requests': ({ name }) => isPullRequest(name),
  'notes everything': ({ name }) => isIssue(name) || isPullRequest(name),
  'notes opened': ({ name, action }) => (isIssue(name) || isPullRequest(name)) && action === 'opened',
  'notes ended-pull-requests': ({ name, action }) =>
    isPullRequest(name) && (action === 'closed' || action === 'deleted'),
};

const isIssue = (name: string) => name === 'issues' || name === 'issue_comment';
const isPullRequest = (name: string) => /^pull_request(?:_|$)/.test(name);

/** The ids of the first round of webhooks that each of the above must get. */
function expected(): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(wanted).map(([name, wants]) => [
      name,
      webhooks.flatMap((webhook, number) => (wants(webhook) ? [`webhook-${number}`] : [])).sort(),
    ]),
  );
}

const inFirstRound = (id: string) => Number(id.split('-').at(-1)) < webhooks.length;

/** What the services wrote down of the first round, as often as it came. */
function recorded(folder: string): Readonly<Record<string, readonly string[]>> {
  const records: Record<string, string[]> = Object.fromEntries(Object.keys(wanted).map((name) => [name, []]));
  for (const { service, name, id } of ['archive', 'digest', 'notes'].flatMap((service) => linesOf(folder, service))) {
    if (!inFirstRound(id)) continue;
    const known = records[`${service} ${name}`] ?? [];
    records[`${service} ${name}`] = known;
    known.push(id);
  }
  return Object.fromEntries(Object.entries(records).map(([name, ids]) => [name, ids.sort()]));
}

interface Line {
  readonly service: string;
  readonly name: string;
  readonly id: string;
}

/** Whole lines only; none before the service has begun. */
function linesOf(folder: string, service: string): readonly Line[] {
  let text: string;
  try {
    text = readFileSync(join(folder, `${service}.ndjson`), 'utf8');
  } catch {
    return [];
  }
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

async function streamsOf(servers: string): Promise<readonly string[]> {
  const connection = await connect({ servers });
  try {
    const names: string[] = [];
    for await (const name of (await jetstreamManager(connection)).streams.names()) names.push(name);
    return names.filter((name) => name.startsWith('KN_')).sort();
  } finally {
    await connection.close();
  }
}

/** Asks for a webhook, as the clock does. */
async function tick(dataUrl: string, number: number): Promise<void> {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': `test-${number}`,
    'ce-type': 'tick',
    'ce-source': '/test',
  };
  const { status } = await fetch(`${dataUrl}/channels/default/ticks`, { method: 'POST', headers });
  if (status !== 202) throw new Error(`a tick was answered with ${status}`);
}

describe('examples/fan-out-nats', () => {
  const nats = sharedNats();
  const folder = temporaryFolder();
  const records = join(folder.path, 'records');
  let server: Server | undefined;

  afterAll(async () => {
    server?.kill('SIGTERM');
    await server?.exited;
    folder.remove();
  });

  test(
    'PingSource, JetStream channel, Parallel with filters, Broker, Triggers: every webhook is once where it must be, and nowhere else',
    async () => {
      const args = ['-f', join(root, 'examples', 'fan-out-nats'), '--log', nats().url, '--quiet'];
      server = await startServer(args, join(folder.path, 'data'), { env: { MILLRACE_RECORDS: records } });
      await waitFor('webhooks that the clock asked for', () => linesOf(records, 'archive').length >= ticksOfTheClock, {
        timeoutMs: 60_000,
      });
      for (let number = 0; number < webhooks.length; number++) await tick(server.dataUrl, number);

      const complete = () => JSON.stringify(recorded(records)) === JSON.stringify(expected());
      await waitFor('all webhooks are where they must be', complete, { timeoutMs: 60_000, everyMs: 200 }).catch(
        () => undefined,
      );
      expect(recorded(records)).toEqual(expected());
      expect(await streamsOf(nats().servers)).toEqual([
        'KN_BROKER_DEFAULT__ACTIVITY',
        'KN_DEFAULT__TICKS',
        ...['', '_0', '_1', '_2'].map((branch) => `KN_DEFAULT__WEBHOOKS_KN_PARALLEL${branch}`),
      ]);
      process.stdout.write(
        `fan-out-nats: ${webhooks.length} webhooks, ${Object.entries(recorded(records))
          .map(([name, ids]) => `${name.trim()} ${ids.length}`)
          .join(', ')}\n`,
      );
    },
    timeoutMs,
  );
});

/**
 * `examples/pipeline-kafka` as a person runs it: the clients are processes, and so are Millrace and the steps.
 *
 * What must come out is worked out here from the payloads, by other means than the steps'.
 */
import { execFile } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@millrace/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, describe, expect, test } from 'vitest';
import { sharedKafka } from '../servers/index.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { root } from '../support/tree.ts';

const run = promisify(execFile);
const example = join(root, 'examples', 'pipeline-kafka');
/** Every step is a process, and every hop a topic: on a busy machine this takes its time. */
const timeoutMs = 180_000;

interface Payload {
  readonly action?: string;
  readonly repository?: { readonly full_name?: string };
  readonly sender?: { readonly login?: string };
}
const definitions = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly name: string;
  readonly examples: readonly Payload[];
}[];
const payloads = definitions.flatMap(({ name, examples }) =>
  examples.map((payload, index) => ({ delivery: `${name}-${index}`, name, payload })),
);

interface Result {
  readonly delivery: string;
  readonly line: string;
}

/** The manifests with the address of a server in place of the usual one. */
function manifestsFor(servers: string, folder: string): string {
  cpSync(example, folder, { recursive: true });
  const manifests = join(folder, 'manifests');
  for (const name of readdirSync(manifests)) {
    const file = join(manifests, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('localhost:9092', servers));
  }
  return manifests;
}

/** Topics of people, sorted. */
async function topicsOf(servers: string): Promise<readonly string[]> {
  const admin = new Kafka({ brokers: [servers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return (await admin.listTopics()).filter((topic) => !topic.startsWith('__')).sort();
  } finally {
    await admin.disconnect();
  }
}

function client(name: string, ...args: readonly string[]) {
  return run(process.execPath, [join(example, 'client', `${name}.ts`), ...args], {
    timeout: timeoutMs,
    maxBuffer: 2 ** 26,
  });
}

describe('examples/pipeline-kafka', () => {
  const kafka = sharedKafka();
  let server: Server | undefined;
  const folder = temporaryFolder();

  afterEach(async () => {
    server?.kill('SIGTERM');
    await server?.exited;
    folder.remove();
  });

  test(
    'KafkaSource, a Sequence of three steps on Kafka channels, KafkaSink: every record comes out once, in order per key; topics we made go',
    async () => {
      const { servers } = kafka();
      const { stdout: produced } = await client('produce', servers);
      expect(produced).toContain(`${payloads.length} records written`);

      const manifests = manifestsFor(servers, join(folder.path, 'example'));
      server = await startServer(['-f', manifests], join(folder.path, 'data'));
      const { stdout } = await client('results', servers, String(payloads.length));
      const results = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Result);

      // Nothing failed here, so nothing came twice.
      expect(results.map(({ delivery }) => delivery).sort()).toEqual(payloads.map(({ delivery }) => delivery).sort());
      const lines = new Map(results.map(({ delivery, line }) => [delivery, line]));
      for (const { delivery, name, payload } of payloads) {
        const line = lines.get(delivery) ?? '';
        expect(line).toContain(` ${name} ${payload.action ?? 'none'} by ${payload.sender?.login ?? 'nobody'}`);
        expect(line).toMatch(/^\[(?:low|medium|high)\] /);
        expect(line).toContain(`] ${payload.repository?.full_name ?? 'none'} `);
      }
      const orderOf = (list: readonly { readonly delivery: string }[], key: string): readonly string[] =>
        list.map(({ delivery }) => delivery).filter((delivery) => keys.get(delivery) === key);
      const keys = new Map(
        payloads.map(({ delivery, payload }) => [delivery, payload.repository?.full_name ?? 'none']),
      );
      for (const key of new Set(keys.values())) expect(orderOf(results, key)).toEqual(orderOf(payloads, key));

      // "removes its topic or stream only where we made it": those of the channels and of the sink go, the source's stays.
      const made = ['digest-kn-sequence-0', 'digest-kn-sequence-1', 'digest-kn-sequence-2'].map(
        (name) => `knative-messaging-kafka.default.${name}`,
      );
      expect(await topicsOf(servers)).toEqual(['github-payloads', 'github-results', ...made]);
      for (const name of ['20-source.yaml', '40-sequence.yaml', '50-sink.yaml']) rmSync(join(manifests, name));
      await waitFor('only the topic of others is left', async () => (await topicsOf(servers)).length === 1, {
        timeoutMs: 30_000,
      });
      expect(await topicsOf(servers)).toEqual(['github-payloads']);
    },
    timeoutMs,
  );
});

/** All malformed manifests at once in the folder that the real process follows: it says what is wrong, and goes on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { afterAll, expect, test } from 'vitest';
import { broker, documents, trigger, uri } from '../support/manifests.ts';
import { startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { good, rows } from './support/manifest-rows.ts';

const folder = temporaryFolder();
const sink = new Sink();
afterAll(async () => {
  await sink.stop();
  folder.remove();
});

test(`${rows.length} malformed manifests beside a good one: each is named, and the next good event is delivered`, {
  timeout: 60_000,
}, async () => {
  const manifests = join(folder.path, 'manifests');
  mkdirSync(manifests);
  const subscriber = uri(`${await sink.start()}/`);
  const fine = documents(broker('fine'), trigger('fine', { broker: 'fine', subscriber }));
  writeFileSync(join(manifests, 'fine.yaml'), fine);
  writeFileSync(join(manifests, 'a-good.yaml'), good);
  const server = await startServer(['-f', manifests, '-q'], join(folder.path, 'data'));
  for (const [index, { text }] of rows.entries()) writeFileSync(join(manifests, `bad-${index}.yaml`), text);
  const name = (index: number) => new RegExp(`bad-${index}\\.yaml[: ]`);
  await waitFor('each file is named', () => rows.every((_, index) => name(index).test(server.stderr())), {
    timeoutMs: 30_000,
  });
  expect(server.stderr()).not.toMatch(/^\s+at .+:\d+:\d+/m);
  const headers = { 'ce-specversion': '1.0', 'ce-id': 'good', 'ce-source': '/good', 'ce-type': 'good' };
  const answer = await fetch(`${server.dataUrl}/default/fine`, { method: 'POST', headers });
  expect(answer.status).toBe(202);
  await waitFor('the event is delivered', () => sink.count('/', 'good') === 1);
  server.kill('SIGTERM');
  expect((await server.exited).code).toBe(0);
});

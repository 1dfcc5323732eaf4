/** Files of a running `millrace dev`: what is saved is in force within a second, said in words; a slip breaks nothing. */
import { join } from 'node:path';
import type { Resource } from '@millrace/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { broker, Manifests, trigger, uri } from '../support/manifests.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { timeUntil, until, untilSays } from './support/waiting.ts';

/** "within a second", on a machine that other tests use as well. */
const appliedMsMax = 3_000;

const folder = temporaryFolder();
const manifests = new Manifests(join(folder.path, 'm'));
const sink = new Sink();
let sinkUrl = '';
let server: Server;

const ship = (type: string) =>
  trigger('ship', { filters: `[{ exact: { type: ${type} } }]`, subscriber: uri(`${sinkUrl}/ship`) });

const find = async (kind: string, name: string): Promise<Resource | undefined> => {
  const response = await fetch(`${server.apiUrl}/apis/eventing.knative.dev/v1/namespaces/default/${kind}/${name}`);
  return response.ok ? ((await response.json()) as Resource) : undefined;
};
const filterType = async () => {
  const spec = (await find('triggers', 'ship'))?.spec as
    | { filters?: readonly { exact: { type: string } }[] }
    | undefined;
  return spec?.filters?.[0]?.exact.type;
};
const send = (type: string, id: string) =>
  fetch(`${server.dataUrl}/default/default`, {
    method: 'POST',
    headers: { 'ce-id': id, 'ce-type': type, 'ce-source': '/s', 'ce-specversion': '1.0' },
  });

beforeAll(async () => {
  sinkUrl = await sink.start();
  manifests.write('broker.yaml', broker());
  manifests.write('ship.yaml', ship('order.created'));
  server = await startServer(['-f', 'm'], join(folder.path, 'data'), { cwd: folder.path });
});

afterAll(async () => {
  server?.kill('SIGKILL');
  await server?.exited;
  await sink.stop();
  folder.remove();
});

describe('a file of a running server', () => {
  test('a change is in force, and said with what changed', async () => {
    manifests.write('ship.yaml', ship('order.paid'));
    const tookMs = await timeUntil('the new filter is stored', async () => (await filterType()) === 'order.paid');
    expect(tookMs).toBeLessThan(appliedMsMax);
    const [line] = await untilSays(server, /^millrace: changed .*trigger\/ship.*$/m);
    expect(line).toContain('order.paid');
    await until('deliveries follow the new filter', async () => {
      await send('order.paid', 'p');
      return sink.count('/ship', 'p') > 0;
    });
    await send('order.created', 'old');
    await send('order.paid', 'last');
    await until('the last one came', () => sink.count('/ship', 'last') > 0);
    expect(sink.count('/ship', 'old')).toBe(0);
  });

  test('a new file is applied, and its removal as well', async () => {
    manifests.write('audit.yaml', trigger('audit', { subscriber: uri(`${sinkUrl}/audit`) }));
    expect(await timeUntil('it is there', async () => (await find('triggers', 'audit')) !== undefined)).toBeLessThan(
      appliedMsMax,
    );
    await untilSays(server, /^millrace: changed .*trigger\/audit (is new|added|created).*$/m);
    manifests.remove('audit.yaml');
    expect(await timeUntil('it is gone', async () => (await find('triggers', 'audit')) === undefined)).toBeLessThan(
      appliedMsMax,
    );
    await untilSays(server, /^millrace: changed .*trigger\/audit (removed|deleted|is gone).*$/m);
  });

  test('a broken file keeps the last good state, and says file, line, column, field, and what was meant', async () => {
    manifests.write('ship.yaml', ship('order.sent').replace('exact:', 'exactt:'));
    const [line] = await untilSays(server, /^millrace: error m\/ship\.yaml:\d+:\d+ .*$/m);
    expect(line).toMatch(/spec\.filters\[0\]\.exactt: unknown field.*did you mean "exact"\?/);
    expect(await filterType()).toBe('order.paid');
    await send('order.paid', 'still');
    await until('it still delivers', () => sink.count('/ship', 'still') > 0);

    // YAML that cannot be read at all.
    manifests.write('ship.yaml', 'apiVersion: [');
    await untilSays(server, /^millrace: error m\/ship\.yaml:\d+:\d+(?!.*exactt).*$/m);
    expect((await find('triggers', 'ship'))?.metadata.name).toBe('ship');
  });

  test('the mended file is applied, and one that went back to what it was says that all is well', async () => {
    manifests.write('ship.yaml', ship('order.sent'));
    await until('the mended filter is stored', async () => (await filterType()) === 'order.sent');
    await untilSays(server, /^millrace: changed the files are in order again$/m);
    const before = server.stderr().length;
    manifests.write('ship.yaml', 'kind: Trigger');
    await until('the slip is said', () => /^millrace: error/m.test(server.stderr().slice(before)));
    const slip = server.stderr().length;
    manifests.write('ship.yaml', ship('order.sent'));
    await until('and mended', () => server.stderr().slice(slip).includes('in order again'));
    expect(server.stderr().slice(slip)).not.toMatch(/trigger\/ship/);
  });

  test('a problem is said once, not again with every other change', async () => {
    manifests.write('broken.yaml', 'apiVersion: eventing.knative.dev/v1\nkind: Brokr\nmetadata: { name: x }\n');
    const [line] = await untilSays(server, /^millrace: error m\/broken\.yaml.*$/m);
    expect(line).toMatch(/Broker/);
    manifests.write('ship.yaml', ship('order.back'));
    await untilSays(server, /order\.back/);
    expect(server.stderr().match(/^millrace: error m\/broken\.yaml/gm)).toHaveLength(1);
    manifests.remove('broken.yaml');
  });
});

/** Manifests in step with the store: at the start, while files change, and over restarts. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@millrace/runtime';
import { VirtualClock, waitFor } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodePathWatcher, type PathWatcher } from '../../src/manifests/file-watch.ts';
import { type FileReader, nodeFileReader } from '../../src/manifests/reader.ts';
import {
  createManifestSync,
  type ManifestReport,
  type ManifestSync,
  type ManifestSyncOptions,
} from '../../src/manifests/sync.ts';
import type { LocalStore } from '../../src/store/local/local-store.ts';
import { memoryPersistence, type Persistence } from '../../src/store/local/persistence.ts';
import { HandWatcher } from '../support/hand-watcher.ts';
import { broker, brokerText, eventing, memoryStore } from '../support/objects.ts';

let folder: string;
let persistence: Persistence;
let store: LocalStore;
let sync: ManifestSync;
let reports: ManifestReport[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-manifests-'));
  persistence = memoryPersistence();
  store = memoryStore({ persistence });
  reports = [];
});
afterEach(async () => {
  await sync?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, ...objects: readonly string[]) => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), objects.join('---\n'));
};
const triggerText = (name: string, type: string) =>
  `apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata:\n  name: ${name}\nspec:\n  broker: default\n  filter:\n    attributes:\n      type: ${type}\n  subscriber:\n    uri: http://localhost:3000/\n`;

async function begin(watch = false, more: Partial<ManifestSyncOptions> = {}): Promise<ManifestReport> {
  sync = createManifestSync({
    paths: [folder],
    reader: nodeFileReader,
    watcher: nodePathWatcher,
    store,
    notes: store.notes,
    clock: systemClock,
    logger: silentLogger,
    onReport: (report) => reports.push(report),
    ...more,
  });
  return sync.start({ watch });
}
const names = async (kind = 'Broker') =>
  (await store.list({ apiVersion: eventing, kind })).items.map(({ metadata }) => metadata.name);
const texts = () => reports.flatMap(({ changes }) => changes.map(({ text }) => text));

describe('at the start', () => {
  test('everything is applied and counted; doing it again changes nothing (M3)', async () => {
    write('a.yaml', brokerText('default'), triggerText('t', 'x'));
    const report = await begin();
    expect(report).toMatchObject({ objectCount: 2, errors: [] });
    expect(report.changes.map(({ text }) => text).sort()).toEqual(['broker/default added', 'trigger/t added']);
    await sync.stop();
    expect((await begin()).changes).toEqual([]);
    expect(sync.fileOf({ apiVersion: eventing, kind: 'Trigger', namespace: 'default', name: 't' })).toBe(
      join(folder, 'a.yaml'),
    );
  });

  test('what left the files while we were down is removed; what others made is left alone (M2)', async () => {
    write('a.yaml', brokerText('one'), brokerText('two'));
    write('b.yaml', brokerText('three'));
    await begin();
    await sync.stop();
    await store.create(broker('by-hand'));
    write('a.yaml', brokerText('one'));
    rmSync(join(folder, 'b.yaml'));
    const report = await begin();
    expect(report.changes.map(({ text }) => text).sort()).toEqual(['broker/three removed', 'broker/two removed']);
    expect(await names()).toEqual(['by-hand', 'one']);
  });

  test('an object that was made anew by hand is not ours to remove', async () => {
    write('a.yaml', brokerText('one'));
    await begin();
    await sync.stop();
    await store.delete({ apiVersion: eventing, kind: 'Broker', namespace: 'default', name: 'one' });
    await store.create(broker('one'));
    rmSync(join(folder, 'a.yaml'));
    await begin();
    expect(await names()).toEqual(['one']);
  });

  test('files of other paths are none of our business', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    write('one/a.yaml', brokerText('a'));
    write('two/b.yaml', brokerText('b'));
    await begin(false, { paths: [one] });
    await sync.stop();
    await begin(false, { paths: [two] });
    expect(await names()).toEqual(['a', 'b']);
  });

  test('an object that moved to another file stays the same object', async () => {
    write('a.yaml', brokerText('one'));
    await begin();
    await sync.stop();
    const before = await store.list({ apiVersion: eventing, kind: 'Broker' });
    renameSync(join(folder, 'a.yaml'), join(folder, 'b.yaml'));
    expect((await begin()).changes).toEqual([]);
    expect((await store.list({ apiVersion: eventing, kind: 'Broker' })).items).toEqual(before.items);
  });

  test('a broken file keeps the last good state of its objects, over a restart too (M1)', async () => {
    write('a.yaml', brokerText('one'));
    await begin();
    await sync.stop();
    write('a.yaml', 'kind: [');
    const report = await begin();
    expect(report.errors).toMatchObject([{ file: join(folder, 'a.yaml'), document: 1 }]);
    expect(await names()).toEqual(['one']);
  });

  test('what cannot be changed is said at its place, and the rest is applied', async () => {
    write('a.yaml', triggerText('t', 'x'));
    await begin();
    await sync.stop();
    write('a.yaml', triggerText('t', 'x').replace('broker: default', 'broker: other'), brokerText('new'));
    const report = await begin();
    expect(report.errors).toMatchObject([
      { file: join(folder, 'a.yaml'), document: 1, message: expect.stringContaining('Immutable') as unknown },
    ]);
    expect(await names()).toEqual(['new']);
  });
});

describe('while files change', () => {
  /** Notifications of the system, and none at all: then the files are looked at on a schedule. */
  const none: PathWatcher = {
    watch: (_path, _onChange, onFailure) => {
      onFailure('not supported here');
      return { close: () => {} };
    },
  };
  describe.each([
    ['notified', nodePathWatcher],
    ['by looking', none],
  ])('%s', (_name, watcher) => {
    test('change, add and remove are applied within a second and said in words', async () => {
      write('a.yaml', triggerText('ship', 'order.paid'));
      await begin(true, { watcher });
      const startMs = performance.now();
      write('a.yaml', triggerText('ship', 'order.created'));
      await waitFor('the change is told', () => texts().length === 1);
      expect(texts()).toEqual(['trigger/ship changed: filter type "order.paid" → "order.created"']);
      expect(performance.now() - startMs).toBeLessThan(1_000);

      write('b.yaml', brokerText('added'));
      await waitFor('the addition is told', () => texts().includes('broker/added added'));
      rmSync(join(folder, 'b.yaml'));
      await waitFor('the removal is told', () => texts().includes('broker/added removed'));
      expect(await names()).toEqual([]);
    });

    test('an editor that writes another file and renames it over', async () => {
      write('a.yaml', brokerText('one'));
      await begin(true, { watcher });
      write('a.yaml.tmp', brokerText('one'), brokerText('two'));
      renameSync(join(folder, 'a.yaml.tmp'), join(folder, 'a.yaml'));
      await waitFor('the addition is told', () => texts().includes('broker/two added'));
      expect(await names()).toEqual(['one', 'two']);
    });

    test('a file that breaks is reported once and keeps its objects; mended, it is applied', async () => {
      write('a.yaml', brokerText('one'));
      await begin(true, { watcher });
      write('a.yaml', `${brokerText('one')}spec:\n  deliverry: {}\n`);
      await waitFor('the error is told', () => reports.some(({ errors }) => errors.length > 0));
      expect(reports.at(-1)?.errors).toMatchObject([{ field: 'spec.deliverry', position: { line: 6, column: 3 } }]);
      expect(await names()).toEqual(['one']);
      write('a.yaml', brokerText('one'), brokerText('two'));
      await waitFor('mended', () => texts().includes('broker/two added'));
      expect(reports.at(-1)?.errors).toEqual([]);
      expect(reports.filter(({ errors }) => errors.length > 0)).toHaveLength(1);
    });
  });

  test('what somebody deleted by hand stays away until its file changes', async () => {
    write('a.yaml', brokerText('one'), brokerText('two'));
    await begin(true);
    await store.delete({ apiVersion: eventing, kind: 'Broker', namespace: 'default', name: 'one' });
    await sync.rescan();
    expect(await names()).toEqual(['two']);
  });

  test('Y1: a burst of changes is one look, at rest; changes without end are looked at all the same', async () => {
    const clock = new VirtualClock();
    let looks = 0;
    const watcher = new HandWatcher();
    const reader: FileReader = {
      ...nodeFileReader,
      info: (path) => {
        if (path === folder) looks += 1;
        return nodeFileReader.info(path);
      },
    };
    await begin(true, { watcher, reader, clock });
    for (let count = 0; count < 5; count++) {
      watcher.change();
      await clock.advance(20);
    }
    expect(looks).toBe(1);
    await clock.advance(100);
    await waitFor('one look', () => looks === 2);
    for (let count = 0; count < 50; count++) {
      watcher.change();
      await clock.advance(20);
    }
    await waitFor('a look without rest', () => looks >= 3);
    expect(looks).toBeLessThanOrEqual(5);
  });
});

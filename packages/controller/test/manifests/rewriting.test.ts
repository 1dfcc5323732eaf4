/** R1, R2: a file that somebody is writing is not what somebody wants. In virtual time, over files in memory. */
import { silentLogger } from '@millrace/runtime';
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createManifestSync, type ManifestSync } from '../../src/manifests/sync.ts';
import type { LocalStore } from '../../src/store/local/local-store.ts';
import { HandWatcher } from '../support/hand-watcher.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { brokerText, eventing, memoryStore } from '../support/objects.ts';

const seed = 20_261_121;
const folder = '/manifests';
const file = `${folder}/a.yaml`;

/** As a file system does, it tells when a file was written. */
class TimedFiles extends MemoryFiles {
  readonly written = new Map<string, number>();

  override async info(path: string) {
    const info = await super.info(path);
    return info && { ...info, modifiedMs: this.written.get(path) ?? 0 };
  }
}

let clock: VirtualClock;
let files: TimedFiles;
let store: LocalStore;
let sync: ManifestSync;
let watcher: HandWatcher;
let removed: string[];

const brokers = (...names: readonly string[]) => names.map(brokerText).join('---\n');
const present = async () =>
  (await store.list({ apiVersion: eventing, kind: 'Broker' })).items.map(({ metadata }) => metadata.name);
const uids = async () =>
  (await store.list({ apiVersion: eventing, kind: 'Broker' })).items.map(({ metadata }) => metadata.uid);
/** The file holds this for so long. */
async function hold(text: string | undefined, ms: number, path = file): Promise<void> {
  if (text === undefined) files.files.delete(path);
  else files.files.set(path, text);
  files.written.set(path, clock.now());
  watcher.change();
  await clock.advance(ms);
}

beforeEach(async () => {
  clock = new VirtualClock();
  files = new TimedFiles({ [file]: brokers('one', 'two', 'three'), [`${folder}/other.yaml`]: brokers('other') });
  watcher = new HandWatcher();
  store = memoryStore({ clock });
  removed = [];
  sync = createManifestSync({
    paths: [folder],
    reader: files,
    watcher,
    store,
    notes: store.notes,
    clock,
    logger: silentLogger,
    onReport: ({ changes }) =>
      removed.push(...changes.filter(({ kind }) => kind === 'removed').map(({ text }) => text)),
  });
  await sync.start({ watch: true });
});
afterEach(() => sync.stop());

describe('a file that is rewritten in place', () => {
  test(`a hundred times, with truncation and halves in between, deletes no object (seed ${seed})`, async () => {
    const random = new SeededRandom(seed);
    const ms = (max: number) => Math.floor(random.next() * max);
    const before = await uids();
    for (let round = 0; round < 100; round++) {
      const text = `${brokers('one', 'two', 'three')}# ${round}\n`;
      await hold('', ms(round % 10 === 0 ? 1_900 : 100));
      await hold(text.slice(0, ms(text.length)), ms(100));
      await hold(`${brokers('one')}# half\n`, ms(100));
      await hold(text, ms(600));
    }
    await clock.advance(5_000);
    expect(removed).toEqual([]);
    expect(await uids()).toEqual(before);
  });

  test('canary: a half that stays is taken for what somebody wants', async () => {
    await hold(brokers('one'), 1_000);
    expect(await present()).toEqual(['one', 'other']);
  });

  test('what is added by the rewrite is applied within a second', async () => {
    await hold('', 50);
    await hold(brokers('one', 'two', 'three', 'four'), 900);
    expect(await present()).toContain('four');
  });
});

describe('what is truly gone takes its objects away', () => {
  test('an emptied file after two seconds, and not before', async () => {
    await hold('', 1_900);
    expect(await present()).toHaveLength(4);
    await clock.advance(500);
    expect(await present()).toEqual(['other']);
  });

  test('a removed file within a second', async () => {
    await hold(undefined, 900);
    expect(await present()).toEqual(['other']);
  });

  test('a file that is removed and made anew is the same as one that was rewritten', async () => {
    const before = await uids();
    await hold(undefined, 100);
    await hold(`${brokers('one', 'two', 'three')}# anew\n`, 3_000);
    expect(await uids()).toEqual(before);
    expect(removed).toEqual([]);
  });

  test('an object on its way from one file into another stays the same object (R2)', async () => {
    const before = await uids();
    await hold(brokers('one'), 0);
    await hold('', 150, `${folder}/b.yaml`);
    await hold(brokers('two', 'three'), 3_000, `${folder}/b.yaml`);
    expect(await uids()).toEqual(before);
  });

  test('a file that is written without end holds up nobody for good (R2)', async () => {
    await hold(brokers('one'), 0);
    for (let n = 0; n < 100; n++) await hold(`# ${n}\n`, 100, `${folder}/restless.yaml`);
    expect(await present()).toEqual(['one', 'other']);
  });
});

test('Y3: files that hold what they held are not applied again', async () => {
  await store.delete({ apiVersion: eventing, kind: 'Broker', namespace: 'default', name: 'one' });
  await hold(brokers('one', 'two', 'three'), 60_000);
  expect(await present()).not.toContain('one');
});

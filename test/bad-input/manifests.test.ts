/**
 * Bad input at the door of manifests: each malformed file gets its stated error (file, line, field, expectation), never
 * a stack, and the good file beside it is applied.
 *
 * A table of what people write wrongly, each row with the error it must give, and a generator that spoils good manifests
 * at random from a printed seed.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createManifestSync,
  type LoadedManifests,
  LocalStore,
  loadManifests,
  type ManifestError,
  memoryPersistence,
  nodeFileReader,
  nodePathWatcher,
  renderManifestError,
} from '@millrace/controller';
import { silentLogger, systemClock, systemRandom } from '@millrace/runtime';
import { SeededRandom } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { spoil } from './support/manifest-generator.ts';
import { good, type Row, rows, subscriber, trigger } from './support/manifest-rows.ts';

let folder: string;
let store: LocalStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-bad-'));
  writeFileSync(join(folder, 'a-good.yaml'), good);
  store = new LocalStore({
    persistence: memoryPersistence(),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const stack = /\n|\bat .*:\d+:\d+\)|node:internal|node_modules|TypeError|RangeError|ReferenceError|undefined|\[object/;

/** What is wrong with an error as a person gets it. */
function faults(error: ManifestError): string[] {
  const text = renderManifestError(error);
  return [
    ...(stack.test(text) ? [`looks like a stack or a bug: ${text}`] : []),
    ...(error.message === '' ? ['says nothing'] : []),
    ...(error.position !== undefined && (error.position.line < 1 || error.position.column < 1) ? ['no position'] : []),
  ];
}

async function apply() {
  const sync = createManifestSync({
    paths: [folder],
    reader: nodeFileReader,
    watcher: nodePathWatcher,
    store,
    notes: store.notes,
    clock: systemClock,
    logger: silentLogger,
  });
  const report = await sync.start({ watch: false });
  await sync.stop();
  const { items } = await store.list({ apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger' });
  return { report, applied: items.map(({ metadata }) => metadata.name) };
}

/** Whether errors are what a row states; the reasons why not. */
function misses(row: Row, errors: readonly ManifestError[]): string[] {
  const wanted = (error: ManifestError) =>
    (row.at === undefined || `${error.position?.line}:${error.position?.column}` === row.at) &&
    (row.field === undefined || error.field === row.field) &&
    (row.document === undefined || error.document === row.document) &&
    (typeof row.says === 'string' ? error.message.includes(row.says) : row.says.test(error.message));
  return errors.some(wanted)
    ? []
    : errors.map((error) => renderManifestError(error)).concat(errors.length === 0 ? ['no error'] : []);
}

describe(`${rows.length} malformed manifests`, () => {
  test.each(rows.map((row) => [row.what, row] as const))('%s', async (_what, row) => {
    writeFileSync(join(folder, 'bad.yaml'), row.text);
    const { report, applied } = await apply();
    expect(misses(row, report.errors)).toEqual([]);
    expect(report.errors.flatMap(faults)).toEqual([]);
    expect(report.errors.every(({ file }) => file === join(folder, 'bad.yaml'))).toBe(true);
    expect(applied).toEqual(['good']);
  });

  test('there are at least 60', () => expect(rows.length).toBeGreaterThanOrEqual(60));

  test('canary: a row whose stated error is not the one that comes is caught', async () => {
    writeFileSync(join(folder, 'bad.yaml'), trigger(subscriber));
    const { report } = await apply();
    const row = rows.find(({ what }) => what === 'no broker');
    if (row === undefined) throw new Error('the row is gone');
    expect(misses(row, report.errors)).toEqual([]);
    expect(misses({ ...row, at: '1:1' }, report.errors)).not.toEqual([]);
    expect(misses({ ...row, field: 'spec.subscriber' }, report.errors)).not.toEqual([]);
    expect(faults({ file: 'x', message: 'TypeError: x is not a function\n    at f (a.js:1:1)' })).not.toEqual([]);
  });
});

/** Seed of the generated manifests; a failing round is printed with its text. */
const seed = 20_261_121;
const rounds = 300;

describe(`generated manifests, seed ${seed}`, () => {
  test(`${rounds} rounds: an error with a place or a good object, never a crash; the good file is applied`, async () => {
    const random = new SeededRandom(seed);
    let refused = 0;
    for (let round = 0; round < rounds; round++) {
      const bytes = spoil(random);
      writeFileSync(join(folder, 'bad.yaml'), bytes);
      const loaded: LoadedManifests = await loadManifests([folder], nodeFileReader);
      const told = `round ${round}: ${JSON.stringify(Buffer.from(bytes).toString())}`;
      expect(loaded.errors.flatMap(faults), told).toEqual([]);
      expect(
        loaded.objects.some(({ resource }) => resource.metadata.name === 'good'),
        told,
      ).toBe(true);
      if (loaded.errors.length > 0) refused += 1;
    }
    expect(refused).toBeGreaterThan(rounds / 4);
    expect((await apply()).applied).toContain('good');
  });
});

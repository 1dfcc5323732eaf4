/** Reading manifests: what is taken, where it stands, and what is said of what is wrong. */
import { describe, expect, test } from 'vitest';
import { loadManifests, validateManifests } from '../../src/manifests/load.ts';
import { renderManifestError } from '../../src/manifests/manifest.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { brokerText } from '../support/objects.ts';

const load = (files: Record<string, string | Uint8Array>, paths = ['m']) =>
  loadManifests(paths, new MemoryFiles(files));
const names = async (files: Record<string, string>) =>
  (await load(files)).objects.map(({ resource }) => `${resource.metadata.namespace}/${resource.metadata.name}`);
const lines = async (text: string) =>
  (await load({ 'm/a.yaml': text })).errors.map((error) => renderManifestError(error));

describe('what is read', () => {
  test('folders to any depth: .yaml, .yml and .json; nothing else, nothing hidden', async () => {
    const json = JSON.stringify({ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: { name: 'c' } });
    const files = {
      'm/a.yaml': brokerText('a'),
      'm/x/y/b.yml': brokerText('b'),
      'm/c.json': json,
      'm/README.md': '# not one',
      'm/.git/d.yaml': brokerText('d'),
    };
    expect(await names(files)).toEqual(['default/a', 'default/c', 'default/b']);
  });

  test('many documents in a file, empty ones among them; a comment alone is nothing', async () => {
    expect(
      await names({ 'm/a.yaml': `---\n---\n${brokerText('a')}---\n# nothing\n---\n${brokerText('b')}...\n` }),
    ).toEqual(['default/a', 'default/b']);
  });

  test('kind: List as kubectl prints it', async () => {
    const items = ['a', 'b'].map((name) => `- ${brokerText(name).trim().replaceAll('\n', '\n  ')}`).join('\n');
    expect(await names({ 'm/a.yaml': `apiVersion: v1\nkind: List\nitems:\n${items}\n` })).toEqual([
      'default/a',
      'default/b',
    ]);
  });

  test('anchors and merge keys, as people use them', async () => {
    const text = `apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata:\n  name: t\n  labels: &l {a: "1"}\n  annotations:\n    <<: *l\nspec:\n  broker: default\n  subscriber: {uri: http://localhost/}\n`;
    const { objects } = await load({ 'm/a.yaml': text });
    expect(objects[0]?.resource.metadata.annotations).toEqual({ a: '1' });
  });

  test('a file named itself is read whatever its suffix', async () => {
    expect((await load({ 'x.txt': brokerText('a') }, ['x.txt'])).objects).toHaveLength(1);
  });

  test('validate counts what is good and lists what is not', async () => {
    const files = new MemoryFiles({ 'm/a.yaml': brokerText('a'), 'm/b.yaml': 'kind: Broker\n' });
    expect(await validateManifests(['m'], files)).toMatchObject({ objectCount: 1, errors: [{ file: 'm/b.yaml' }] });
  });
});

describe('what is wrong is named with file, document, line, column, field and expectation', () => {
  test('an unknown field, by the nearest known name', async () => {
    const text = `${brokerText('a')}---\napiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata:\n  name: ship\nspec:\n  broker: default\n  subscriber:\n    uri: http://localhost/\n  filters:\n    - exactt:\n        type: x\n`;
    expect(await lines(text)).toContain(
      'm/a.yaml:15:7 (document 2) spec.filters[0].exactt: unknown field; did you mean "exact"?',
    );
  });

  test('a field inside a list of a kind: List', async () => {
    const text =
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: eventing.knative.dev/v1\n  kind: Broker\n  metadata:\n    name: a\n    labls: {}\n';
    expect(await lines(text)).toEqual([
      'm/a.yaml:8:5 (document 1) metadata.labls: unknown field; did you mean "labels"?',
    ]);
  });

  test('a missing field points at what it is missing from', async () => {
    const text =
      'apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata:\n  name: t\nspec:\n  subscriber: {uri: http://localhost/}\n';
    const [line = ''] = await lines(text);
    expect(line).toMatch(/^m\/a\.yaml:5:1 \(document 1\) /);
    expect(line).toContain('broker');
  });

  test('the same object twice: both places', async () => {
    const { errors, objects } = await load({
      'm/a.yaml': brokerText('x'),
      'm/b.yaml': `${brokerText('y')}---\n${brokerText('x')}`,
    });
    expect(errors.map((error) => renderManifestError(error))).toEqual([
      'm/b.yaml:6:1 (document 2) metadata.name: broker/x is there twice: first in m/a.yaml:1:1 (document 1); keep one',
    ]);
    expect(objects.map(({ resource }) => resource.metadata.name)).toEqual(['x']);
  });

  test('a file with one bad object gives none; other files are not touched by it', async () => {
    const { objects } = await load({
      'm/a.yaml': `${brokerText('a')}---\nkind: Nonsense\n`,
      'm/b.yaml': brokerText('b'),
    });
    expect(objects.map(({ resource }) => resource.metadata.name)).toEqual(['b']);
  });

  test('a path that is not there', async () => {
    expect((await load({}, ['nowhere'])).errors).toEqual([{ file: 'nowhere', message: 'no such file or folder' }]);
  });
});

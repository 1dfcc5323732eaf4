/** ARCHITECTURE.md and README.md tell the truth about the tree. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, textOf, trackedFiles } from '../support/tree.ts';
import { mayImport } from '../tidy/rules.ts';

const text = textOf('ARCHITECTURE.md');

/** Folders of the codemap's table. */
const mapped = [...text.matchAll(/^\| `([^`]+)` \|/gm)]
  .map((match) => match[1] ?? '')
  .filter((path) => /^(packages\/[^/]+(\/src\/[^/]+)?|test|bench|examples)$/.test(path));

const folders = (path: string) =>
  readdirSync(join(root, path))
    .filter((name) => statSync(join(root, path, name)).isDirectory())
    .filter((name) => trackedFiles().some((file) => file.startsWith(`${path}/${name}/`)));

describe('ARCHITECTURE.md', () => {
  test('its map names every package and every folder of its sources, and nothing else', () => {
    const packages = folders('packages').map((name) => `packages/${name}`);
    const inside = packages.flatMap((path) => folders(`${path}/src`).map((name) => `${path}/src/${name}`));
    expect([...new Set(mapped)].sort()).toEqual([...packages, ...inside, 'test', 'bench', 'examples'].sort());
  });

  test('every path it names exists', () => {
    const named = [...text.matchAll(/`((?:packages|test|bench|examples)\/[^`\s…*]+)`/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('the packages it describes are those that have import rules', () => {
    for (const name of Object.keys(mayImport)) expect(mapped).toContain(`packages/${name}`);
  });

  test('canary: a path that is not there would be seen', () => {
    expect(existsSync(join(root, 'packages/nowhere'))).toBe(false);
  });
});

describe('README.md', () => {
  test('every relative link leads somewhere', () => {
    const links = [...textOf('README.md').matchAll(/\]\((?!https?:|#)([^)\s]+)\)/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((path) => !existsSync(join(root, path.split('#')[0] ?? '')))).toEqual([]);
  });

  test('it names the test command that .ci/run runs', () => {
    expect(textOf('README.md')).toContain('npx pnpm@12 test');
    expect(textOf('.ci/run')).toMatch(/npx -y pnpm@12 test/);
  });
});

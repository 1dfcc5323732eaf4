/** The style of the code base as tests; each rule is shown to fail on a file that breaks it. */
import { describe, expect, test } from 'vitest';
import { importsOf, packageNames, sourceFiles, textOf, trackedFiles } from '../support/tree.ts';
import {
  headerProblems,
  idiomProblems,
  importProblems,
  mayImport,
  placeProblems,
  sizeProblems,
  testProblems,
} from './rules.ts';

const read = (paths: readonly string[]) => paths.map((path) => ({ path, text: textOf(path) }));
const sources = read(sourceFiles());
const typescript = read(trackedFiles().filter((path) => path.endsWith('.ts')));

describe('import rules of design section 2', () => {
  test('every package imports only what it may, by package name', () => {
    expect(sources.flatMap((file) => importProblems(file, importsOf(file.text)))).toEqual([]);
  });

  test('every package has a rule', () => {
    expect(packageNames().sort()).toEqual(Object.keys(mayImport).sort());
  });

  test('the rule fails for a plane that reaches into the other', () => {
    const file = { path: 'packages/controller/src/x.ts', text: "import { a } from '@millrace/channel';" };
    expect(importProblems(file, importsOf(file.text))).toHaveLength(1);
  });

  test('the rule fails for an effect in packages/api', () => {
    const file = { path: 'packages/api/src/x.ts', text: "import { readFileSync } from 'node:fs';" };
    expect(importProblems(file, importsOf(file.text))).toHaveLength(1);
  });
});

describe('files', () => {
  test('no file is longer than 400 lines', () => {
    expect(typescript.flatMap(sizeProblems)).toEqual([]);
    expect(sizeProblems({ path: 'x.ts', text: '\n'.repeat(401) })).toHaveLength(1);
  });

  test('every source file begins by saying what it is for', () => {
    expect(sources.flatMap(headerProblems)).toEqual([]);
    expect(headerProblems({ path: 'packages/api/src/x.ts', text: 'const a = 1;' })).toHaveLength(1);
  });

  test('time and randomness come in through ports, diagnostics go through the logger, nothing is left to do', () => {
    expect(sources.flatMap(idiomProblems)).toEqual([]);
    expect(idiomProblems({ path: 'packages/api/src/x.ts', text: 'const now = Date.now();' })).toHaveLength(1);
  });

  test('no test is focused, skipped or left for later', () => {
    expect(typescript.filter(({ path }) => !path.startsWith('test/tidy/')).flatMap(testProblems)).toEqual([]);
    expect(testProblems({ path: 'x.test.ts', text: `${'test'}.only('a', () => {})` })).toHaveLength(1);
  });

  test('no file names a place of one machine or the host of a registry, lock file included', () => {
    const files = read(trackedFiles().filter((path) => /\.(ts|json|ya?ml|md|sh)$|^\.ci\/run$|^LICENSE$/.test(path)));
    expect(files.flatMap(placeProblems)).toEqual([]);
    expect(placeProblems({ path: 'x', text: `"/${'home'}/me"` })).toHaveLength(1);
  });
});

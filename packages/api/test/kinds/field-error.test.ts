/** Field errors: the texts and the rendering of reference 0.3. */
import { describe, expect, it } from 'vitest';
import {
  disallowedField,
  fieldError,
  formatPath,
  immutableFields,
  invalidKeyName,
  invalidValue,
  mergeFieldErrors,
  missingAtLeastOneOf,
  missingField,
  missingOneOf,
  multipleOneOf,
  outOfRange,
  renderFieldErrors,
} from '../../src/kinds/index.ts';

describe('0.3: the message of each situation', () => {
  it.each([
    ['required missing', missingField(['spec', 'x']), 'missing field(s): spec.x'],
    ['forbidden field', disallowedField([['spec', 'x']]), 'must not set the field(s): spec.x'],
    ['bad value', invalidValue('v', ['spec', 'x']), 'invalid value: v: spec.x'],
    ['one-of, neither', missingOneOf(['a'], ['b']), 'expected exactly one, got neither: a, b'],
    ['one-of, both', multipleOneOf(['a'], ['b']), 'expected exactly one, got both: a, b'],
    ['at least one', missingAtLeastOneOf(['ref'], ['uri']), 'expected at least one, got none: ref, uri'],
    ['bad map key', invalidKeyName('K', ['path']), 'invalid key name "K": path'],
    ['range', outOfRange(9, 1, 5, ['path']), 'expected 1 <= 9 <= 5: path'],
    ['immutability', immutableFields([['spec']], 'd'), 'Immutable fields changed (-old +new): spec\nd'],
  ])('%s', (_situation, error, text) => {
    expect(renderFieldErrors([error])).toBe(text);
  });

  it('"<message>: <path>, <path>, plus a newline and details when present"', () => {
    expect(renderFieldErrors([fieldError('m', [['a'], ['b']], 'why')])).toBe('m: a, b\nwhy');
  });
});

describe('0.3: merging and order', () => {
  it('"errors that share message and details are merged, paths sorted"', () => {
    const errors = [missingField(['spec', 'b']), missingField(['spec', 'a']), missingField(['spec', 'a'])];
    expect(renderFieldErrors(errors)).toBe('missing field(s): spec.a, spec.b');
  });

  it('errors with other details stay apart', () => {
    const errors = [invalidValue('v', ['b'], 'two'), invalidValue('v', ['a'], 'one')];
    expect(renderFieldErrors(errors)).toBe('invalid value: v: a\none\ninvalid value: v: b\ntwo');
  });

  it('"errors sorted and joined with newlines"', () => {
    const errors = [missingField(['x']), invalidValue(1, ['y']), disallowedField([['z']])];
    expect(renderFieldErrors(errors)).toBe('invalid value: 1: y\nmissing field(s): x\nmust not set the field(s): z');
  });

  it('a merged error keeps every place in the document', () => {
    const [merged] = mergeFieldErrors([missingField(['spec', 'b']), missingField(['spec', 'a', 0])]);
    expect(merged?.locations).toEqual([
      ['spec', 'b'],
      ['spec', 'a', 0],
    ]);
  });

  it('a hundred thousand errors of one text are merged in one go', () => {
    const errors = Array.from({ length: 100_000 }, (_, index) => missingField([`f${index}`]));
    expect(mergeFieldErrors(errors)[0]?.paths).toHaveLength(100_000);
  });

  it('no errors render as nothing', () => {
    expect(renderFieldErrors([])).toBe('');
  });
});

describe('0.3: paths', () => {
  it.each([
    [['a', 0, 'b'], 'a[0].b'],
    [['spec', 'filters', 0, 'any', 12, 'exact'], 'spec.filters[0].any[12].exact'],
    [['metadata', 'annotations', 'millrace.dev/start'], 'metadata.annotations[millrace.dev/start]'],
    [['data', 'a.b'], 'data[a.b]'],
    [[], ''],
  ])('%j is %s', (path, text) => {
    expect(formatPath(path)).toBe(text);
  });

  it('a value is shown as text, other values as JSON, long ones cut', () => {
    expect(invalidValue({ a: [1] }, ['x']).message).toBe('invalid value: {"a":[1]}');
    expect(invalidValue(undefined, ['x']).message).toBe('invalid value: undefined');
    expect(invalidValue('v'.repeat(10_000), ['x']).message.length).toBeLessThan(300);
  });
});

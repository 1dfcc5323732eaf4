/** Patches by the examples of their specifications. */
import { describe, expect, test } from 'vitest';
import { applyPatch } from '../../src/store/patch.ts';
import { isStoreError } from '../../src/store/store-error.ts';

describe('RFC 7396, appendix A', () => {
  test.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, body, expected) => {
    expect(applyPatch(target, { kind: 'merge', body })).toEqual(expected);
  });

  test('a key called __proto__ is a key', () => {
    const result = applyPatch({}, { kind: 'merge', body: JSON.parse('{"__proto__":{"polluted":true}}') as unknown });
    expect(Object.keys(result as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('RFC 6902, appendix A', () => {
  test.each<[string, unknown, readonly object[], unknown]>([
    ['A.1 add a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    [
      'A.2 add an element',
      { foo: ['bar', 'baz'] },
      [{ op: 'add', path: '/foo/1', value: 'qux' }],
      { foo: ['bar', 'qux', 'baz'] },
    ],
    ['A.3 remove a member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [
      'A.4 remove an element',
      { foo: ['bar', 'qux', 'baz'] },
      [{ op: 'remove', path: '/foo/1' }],
      { foo: ['bar', 'baz'] },
    ],
    [
      'A.5 replace',
      { baz: 'qux', foo: 'bar' },
      [{ op: 'replace', path: '/baz', value: 'boo' }],
      { baz: 'boo', foo: 'bar' },
    ],
    ['replace an element', { a: [1, 2, 3] }, [{ op: 'replace', path: '/a/2', value: 9 }], { a: [1, 2, 9] }],
    [
      'A.6 move a value',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: {} },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { thud: 'fred' } },
    ],
    [
      'A.7 move an element',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    ['A.8 test', { baz: 'qux' }, [{ op: 'test', path: '/baz', value: 'qux' }], { baz: 'qux' }],
    [
      'A.10 add a nested member',
      { foo: 'bar' },
      [{ op: 'add', path: '/child', value: { grandchild: {} } }],
      { foo: 'bar', child: { grandchild: {} } },
    ],
    ['A.14 escapes', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [
      'A.16 add at the end',
      { foo: ['bar'] },
      [{ op: 'add', path: '/foo/-', value: ['abc'] }],
      { foo: ['bar', ['abc']] },
    ],
    ['copy', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    ['the whole document', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  ])('%s', (_what, target, body, expected) => {
    expect(applyPatch(target, { kind: 'json', body })).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['A.9 a test that fails', [{ op: 'test', path: '/baz', value: 'bar' }]],
    ['A.12 a target that is not there', [{ op: 'add', path: '/nobody/bat', value: 'qux' }]],
    ['A.15 text is not a number', [{ op: 'test', path: '/n', value: '10' }]],
    ['remove what is not there', [{ op: 'remove', path: '/none' }]],
    ['an index behind the end', [{ op: 'add', path: '/list/9', value: 1 }]],
    ['an index with a leading zero', [{ op: 'remove', path: '/list/00' }]],
    ['no such operation', [{ op: 'merge', path: '/a', value: 1 }]],
    ['a path without a slash', [{ op: 'add', path: 'a', value: 1 }]],
    ['no value', [{ op: 'add', path: '/a' }]],
    ['no list', { op: 'add', path: '/a', value: 1 }],
    ['inherited names are not there', [{ op: 'copy', from: '/constructor', path: '/x' }]],
  ])('refused: %s', (_what, body) => {
    const target = { baz: 'qux', n: 10, list: [1] };
    let thrown: unknown;
    try {
      applyPatch(target, { kind: 'json', body });
    } catch (error) {
      thrown = error;
    }
    expect(isStoreError(thrown, 'invalid')).toBe(true);
    expect(target).toEqual({ baz: 'qux', n: 10, list: [1] });
  });
});

test('strategic: ports merge by port, $patch deletes, other directives are not stored', () => {
  const target = { spec: { ports: [{ port: 80, name: 'a' }, { port: 443 }], list: [1, 2, 3] } };
  const body = {
    spec: {
      $setElementOrder: [],
      ports: [{ port: 80, name: 'b' }, { port: 443, $patch: 'delete' }, { port: 90 }],
      '$deleteFromPrimitiveList/list': [2],
    },
  };
  expect(applyPatch(target, { kind: 'strategic', body })).toEqual({
    spec: { ports: [{ port: 80, name: 'b' }, { port: 90 }], list: [1, 3] },
  });
});

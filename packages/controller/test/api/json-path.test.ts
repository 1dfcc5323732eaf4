import { kinds } from '@millrace/api';
import { describe, expect, test } from 'vitest';
import { compileJsonPath } from '../../src/api/json-path.ts';

const object = {
  metadata: { name: 'x', annotations: { 'eventing.knative.dev/broker.class': 'Kafka' } },
  status: {
    conditions: [
      { type: 'Addressable', status: 'True', weight: 1 },
      { type: 'Ready', status: 'False', reason: 'Nope', weight: 2 },
    ],
  },
  list: ['a', 'b', 'c'],
};

describe('JSONPath of printer columns', () => {
  test.each([
    ['.metadata.name', ['x']],
    ['$.metadata.name', ['x']],
    ['.metadata.annotations.eventing\\.knative\\.dev/broker\\.class', ['Kafka']],
    [".metadata.annotations['eventing.knative.dev/broker.class']", ['Kafka']],
    ['.status.conditions[?(@.type=="Ready")].status', ['False']],
    [".status.conditions[?(@.type=='Ready')].reason", ['Nope']],
    ['.status.conditions[?(@.reason)].type', ['Ready']],
    ['.status.conditions[?(@.type!="Ready")].type', ['Addressable']],
    ['.status.conditions[?(@.weight>=2)].type', ['Ready']],
    ['.status.conditions[*].type', ['Addressable', 'Ready']],
    ['.list[0]', ['a']],
    ['.list[-1]', ['c']],
    ['.list[3]', []],
    ['.list[*]', ['a', 'b', 'c']],
    ['.nothing.here', []],
    ['.__proto__.x', []],
    ['.status.conditions[?(@.type=="Gone")].status', []],
  ])('%s', (path, found) => {
    expect(compileJsonPath(path)(object)).toEqual(found);
  });

  test.each(['metadata', '.a[', '.a[?(x)]', '.a[?(@.b==c)]', '..'])('%s is refused as no path', (path) => {
    expect(() => compileJsonPath(path)).toThrow(/not a JSONPath/);
  });

  test('every column of every kind compiles', () => {
    const paths = kinds.flatMap(({ printerColumns }) => printerColumns.map(({ jsonPath }) => jsonPath));
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) expect(compileJsonPath(path)({})).toEqual([]);
  });
});

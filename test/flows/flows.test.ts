/** Flows that are changed while events are on their way, on the local log. */
import { describe, expect, test } from 'vitest';
import { judge } from './ledger.ts';
import { flowTests } from './suite.ts';

describe('flows on the local log', { timeout: 180_000 }, () => {
  flowTests('local');

  test('canary: the judge sees what is lost and what came twice', () => {
    const came = new Map([
      ['x-0', 1],
      ['x-1', 3],
    ]);
    expect(judge(['x-0', 'x-1', 'x-2'], came)).toEqual({ lost: ['x-2'], duplicates: 2 });
  });
});

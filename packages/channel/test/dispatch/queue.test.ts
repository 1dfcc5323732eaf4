import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Queue } from '../../src/dispatch/queue.ts';

test('behaves as an array does', () => {
  const operation = fc.oneof(
    fc.record({ kind: fc.constantFrom('push' as const, 'unshift' as const), value: fc.nat() }),
    fc.constant({ kind: 'shift' as const, value: 0 }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const queue = new Queue<number>();
      const model: number[] = [];
      for (const { kind, value } of operations) {
        if (kind === 'shift') expect(queue.shift()).toBe(model.shift());
        else {
          queue[kind](value);
          model[kind](value);
        }
        expect(queue.peek()).toBe(model[0]);
        expect(queue.size).toBe(model.length);
      }
      expect([...queue]).toEqual(model);
    }),
    { seed: 20_261_121, numRuns: 300 },
  );
});

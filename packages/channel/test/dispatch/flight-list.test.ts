import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cursor } from '../../src/dispatch/cursor.ts';
import { Flight } from '../../src/dispatch/flight.ts';
import { FlightList } from '../../src/dispatch/flight-list.ts';

// The list looks at no flight's cursor.
const cursor = {} as Cursor;

test('behaves as a Set does, and what was removed points at no other flight', () => {
  const flights = Array.from({ length: 20 }, (_, offset) => new Flight(cursor, offset));
  const operation = fc.record({ add: fc.boolean(), which: fc.nat(flights.length - 1) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const list = new FlightList();
      const model = new Set<Flight>();
      for (const { add, which } of operations) {
        const flight = flights[which] as Flight;
        if (!add) {
          list.remove(flight);
          model.delete(flight);
          expect([flight.previousOpen, flight.nextOpen]).toEqual([undefined, undefined]);
        } else if (!model.has(flight)) {
          list.add(flight);
          model.add(flight);
        }
        expect(list.size).toBe(model.size);
        expect([...list].map(({ offset }) => offset)).toEqual([...model].map(({ offset }) => offset));
      }
      list.clear();
      expect([...list]).toEqual([]);
      expect(flights.filter(({ isOpen }) => isOpen)).toEqual([]);
    }),
    { seed: 20_261_121, numRuns: 200 },
  );
});

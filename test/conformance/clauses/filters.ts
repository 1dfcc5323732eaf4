/** Filters: each row as a Trigger, and its events on the wire. */
import { expect } from 'vitest';
import { filterRows } from '../ledger/filters.ts';
import { clause } from '../support/suite.ts';

for (const { id, filter, filters, pass, drop, mode } of filterRows) {
  clause(id, async (space) => {
    const sink = space.probe('sink');
    await space.broker();
    await space.trigger('t', {
      subscriber: sink,
      ...(filter === undefined ? {} : { filter }),
      ...(filters === undefined ? {} : { filters }),
      // What comes in structured mode goes out in binary mode: the sink knows events by their headers.
      delivery: { format: 'binary', retry: 0 },
    });
    const send = (attributes: (typeof pass)[number]) =>
      space.send({ attributes, data: '1', ...(mode === undefined ? {} : { mode }) });
    const [passing, dropped] = await Promise.all([Promise.all(pass.map(send)), Promise.all(drop.map(send))]);
    for (const one of dropped) expect(await space.matched(one), `${one} is dropped`).toEqual([]);
    const came = await sink.exactly(passing.length, id);
    expect(came.map((one) => one.id).sort()).toEqual(passing.toSorted());
  });
}

clause('filter.two-triggers', async (space) => {
  const [exact, sql] = [space.probe('exact'), space.probe('sql')];
  await space.broker();
  await space.triggers({
    exact: { subscriber: exact, filters: [{ exact: { type: 'a' } }] },
    sql: { subscriber: sql, filters: [{ cesql: "type IN ('b', 'c')" }] },
  });
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((type) => space.send({ attributes: { type } })));
  expect((await exact.one()).id).toBe(a);
  expect((await sql.exactly(2)).map(({ id }) => id).sort()).toEqual([b, c].sort());
});

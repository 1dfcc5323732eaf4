/** Joins the ledger with the tests: a test is registered by the id of its clause, and says of it whether it held. */
import { test } from 'vitest';
import { type Clause, clauses } from '../ledger.ts';
import { type Space, World } from './world.ts';

export const world = new World();

/** Clauses whose tests ran, and whether they held. */
export const ran = new Map<string, boolean>();

/** The longest clause makes 255 appends to disk one after another. */
const clauseMsMax = 60_000;

const byId = new Map(clauses.map((clause) => [clause.id, clause]));

function clauseOf(id: string): Clause {
  const clause = byId.get(id);
  if (!clause) throw new Error(`there is no clause ${id} in the ledger`);
  return clause;
}

function nameOf({ id, level, source, says }: Clause): string {
  return `${source} [${id}] ${level}: ${says}`;
}

/** Registers the test of a clause. Each gets a namespace of its own and runs beside the others. */
export function clause(id: string, body: (space: Space) => Promise<void>): void {
  const known = clauseOf(id);
  if (known.place !== 'here') throw new Error(`clause ${id} is not marked as tested here`);
  test.concurrent(nameOf(known), { timeout: clauseMsMax }, async () => {
    ran.set(id, false);
    await body(world.space());
    ran.set(id, true);
  });
}

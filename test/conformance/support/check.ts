/** Judges a run against the ledger. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/tree.ts';
import type { Clause } from '../ledger.ts';

export interface Coverage {
  /** Clauses that apply here, and those of them that held. */
  readonly total: number;
  readonly held: number;
  readonly problems: readonly string[];
}

/** Of a run against a server: the clauses that are its own, and all others that have a test in it. */
export function coverageOn(
  place: 'kafka' | 'nats',
  clauses: readonly Clause[],
  registered: ReadonlySet<string>,
  ran: ReadonlyMap<string, boolean>,
): Coverage {
  const own = clauses.filter((clause) => clause.place === place || registered.has(clause.id));
  return coverageOf(
    own.map((clause) => ({ ...clause, place: 'here' })),
    ran,
  );
}

/** `ran`: clauses whose tests ran in this run, and whether they held. */
export function coverageOf(clauses: readonly Clause[], ran: ReadonlyMap<string, boolean>): Coverage {
  const problems: string[] = [];
  const seen = new Set<string>();
  let total = 0;
  let held = 0;
  for (const clause of clauses) {
    const { id, level, place, note } = clause;
    if (seen.has(id)) problems.push(`${id}: twice in the ledger`);
    seen.add(id);
    if (place === 'not-here') {
      if (note.trim() === '') problems.push(`${id}: does not apply, without a reason`);
      continue;
    }
    // Tested in a run of their own: `coverageOn`.
    if (place === 'kafka' || place === 'nats') continue;
    if (place === 'elsewhere') {
      if (!existsSync(join(root, note))) problems.push(`${id}: ${note} is not there`);
      continue;
    }
    total += 1;
    if (ran.get(id) === true) held += 1;
    else if (level === 'must') problems.push(`${id}: ${ran.has(id) ? 'does not hold' : 'has no test that ran'}`);
  }
  return { total, held, problems };
}

/** Joins the ledger with the tests: a test is registered by the id of its clause, and says of it whether it held. */
import { test } from 'vitest';
import { type Clause, clauses } from '../ledger.ts';
import { type ChannelKind, target } from './target.ts';
import { type Space, World } from './world.ts';

export const world = new World();

/** Clauses whose tests ran, and whether they held: with every kind of channel they were tested with. */
export const ran = new Map<string, boolean>();

/** Clauses that have a test in this run. */
export const registered = new Set<string>();

/** The longest clause makes 255 appends to disk one after another. */
const clauseMsMax = 60_000;
/** More than the account of one clause has. */
const linesMax = 40;

const byId = new Map(clauses.map((clause) => [clause.id, clause]));
/** Tests of each clause that have not held, by now. */
const open = new Map<string, Set<string>>();

function clauseOf(id: string): Clause {
  const clause = byId.get(id);
  if (!clause) throw new Error(`there is no clause ${id} in the ledger`);
  return clause;
}

function nameOf({ id, level, source, says }: Clause, variant: string): string {
  return `${source} [${id}] ${level}: ${says}${variant === '' ? '' : ` (${variant})`}`;
}

function register(id: string, variant: string, body: (space: Space) => Promise<void>): void {
  const known = clauseOf(id);
  if (known.place === 'elsewhere' || known.place === 'not-here') {
    throw new Error(`clause ${id} is not marked as tested here`);
  }
  registered.add(id);
  const notHeld = open.get(id) ?? new Set<string>();
  open.set(id, notHeld.add(variant));
  test.concurrent(nameOf(known, variant), { timeout: clauseMsMax }, async () => {
    ran.set(id, false);
    const space = world.space();
    await body(space).catch((error: unknown) => {
      throw withWhatWasSeen(error, space.namespace);
    });
    notHeld.delete(variant);
    ran.set(id, notHeld.size === 0);
  });
}

/** A clause that fails once in a hundred runs has to say the first time why: the server's own account goes with the error. */
function withWhatWasSeen(error: unknown, namespace: string): unknown {
  if (!(error instanceof Error)) return error;
  const ofThisClause = (line: string) => new RegExp(`\\b${namespace}\\b`).test(line);
  const seen = world.tail.items.map((item) => JSON.stringify(item)).filter(ofThisClause);
  const said = world.server.stderr().split('\n').filter(ofThisClause);
  error.message += `\nseen of ${namespace}: ${[...seen, ...said].slice(-linesMax).join('\n  ') || 'nothing'}`;
  return error;
}

/** Registers the test of a clause. Each gets a namespace of its own and runs beside the others. */
export function clause(id: string, body: (space: Space) => Promise<void>): void {
  register(id, '', body);
}

/** Registers the test of a clause with every kind of channel of this run, or with those that are named of them. */
export function channelClause(
  id: string,
  body: (space: Space, channels: ChannelKind) => Promise<void>,
  only: readonly string[] | undefined = undefined,
): void {
  for (const channels of target().channels) {
    if (only !== undefined && !only.includes(channels.kind)) continue;
    register(id, channels.kind, (space) => body(space, channels));
  }
}

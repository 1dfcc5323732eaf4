/**
 * Chooses, for each filter, the keys it is found under in an index.
 *
 * The best choice depends on the other filters: in a thousand filters on `type` and `source` that all name one type, the
 * type finds a thousand candidates and the source finds one. So the uses of each key are counted over all filters first,
 * and a filter goes where the fewest others can go.
 */
import type { Key, Requirement } from './requirement.ts';

export type KeyUses = ReadonlyMap<string, number>;

/** A prefix or suffix is met by many values, an exact text by one; being there at all is met by most events. */
const exactWeight = 1;
const partialWeight = 4;
const presentWeight = 1_000;

/** Keys of one filter at most: more would make the index larger than the filters are. */
const keysMax = 1_024;

interface AccessPath {
  readonly keys: readonly Key[];
  readonly cost: number;
}

function keyId({ kind, attribute, text }: Key): string {
  return `${kind} ${attribute} ${text}`;
}

export function countKeys(requirements: Iterable<Requirement>): KeyUses {
  const uses = new Map<string, number>();
  const count = (requirement: Requirement): void => {
    if (requirement.kind === 'key') {
      const id = keyId(requirement.key);
      uses.set(id, (uses.get(id) ?? 0) + 1);
    } else if (requirement.kind !== 'unknown') {
      for (const member of requirement.members) count(member);
    }
  };
  for (const requirement of requirements) count(requirement);
  return uses;
}

/** The keys under which every event that passes is found; `undefined` where there are none. */
export function chooseKeys(requirement: Requirement, uses: KeyUses): readonly Key[] | undefined {
  const path = choose(requirement, uses);
  return path === undefined || path.keys.length > keysMax ? undefined : path.keys;
}

function choose(requirement: Requirement, uses: KeyUses): AccessPath | undefined {
  switch (requirement.kind) {
    case 'unknown':
      return undefined;
    case 'key':
      return { keys: [requirement.key], cost: weightOf(requirement.key) * (uses.get(keyId(requirement.key)) ?? 1) };
    case 'every':
      return cheapest(requirement.members, uses);
    case 'some':
      return union(requirement.members, uses);
  }
}

function cheapest(members: readonly Requirement[], uses: KeyUses): AccessPath | undefined {
  let best: AccessPath | undefined;
  for (const member of members) {
    const path = choose(member, uses);
    if (path === undefined || path.keys.length > keysMax) continue;
    if (best === undefined || path.cost < best.cost) best = path;
  }
  return best;
}

function union(members: readonly Requirement[], uses: KeyUses): AccessPath | undefined {
  const keys = new Map<string, Key>();
  let cost = 0;
  for (const member of members) {
    const path = choose(member, uses);
    if (path === undefined) return undefined;
    cost += path.cost;
    for (const key of path.keys) keys.set(keyId(key), key);
  }
  return { keys: [...keys.values()], cost };
}

function weightOf({ kind, text }: Key): number {
  if (text === '') return presentWeight;
  return kind === 'exact' ? exactWeight : partialWeight;
}

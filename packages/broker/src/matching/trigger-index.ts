/**
 * Which triggers want an event, at a cost that does not grow with those that do not.
 *
 * T1. `match` gives exactly the entries whose compiled filter passes, in entry order. The index only narrows down which
 *     filters are evaluated; it never decides.
 * T2. Equal filters are one group and are evaluated once per event.
 * T3. A group is under every key of its access path, or in `always`. So an event that it passes finds it (Q1).
 * T4. Nothing is kept of an event: the scratch list is empty between calls.
 * T5. A filter is kept compiled from the first event on that it is evaluated for: most triggers are idle, and a compiled
 *     filter takes several times what the specification does, which the route holds anyway.
 */
import { type CloudEvent, type CompiledFilter, compileFilter, type TriggerFilter } from '@millrace/api';
import { chooseKeys, countKeys } from './access-path.ts';
import { AttributeIndex } from './attribute-index.ts';
import { canonicalText } from './canonical.ts';
import { filterRequirement } from './filter-requirement.ts';
import type { InvalidFilter, TriggerIndex, TriggerIndexEntry } from './matcher.ts';
import type { Requirement } from './requirement.ts';

/** Entries with equal filters. `positions` and `values` run in parallel and ascend. */
interface Group<T> {
  readonly source: TriggerFilter;
  /** T5 */
  filter: CompiledFilter | undefined;
  readonly positions: number[];
  readonly values: T[];
  /** Number of the last event it was evaluated for: an event may find it under several keys. */
  lastSeen: number;
}

/** What is needed of a group only until its keys are chosen. */
interface Placed<T> {
  readonly group: Group<T>;
  readonly requirement: Requirement;
}

/** Finds the keys of an access path from a requirement. A parameter so that a test can break it on purpose. */
export type RequirementOf = typeof filterRequirement;

/** Compiles the filters and builds the index. Never throws: a filter that does not compile is told in `invalid`. */
export function buildTriggerIndex<T>(
  entries: readonly TriggerIndexEntry<T>[],
  requirementOf: RequirementOf = filterRequirement,
): TriggerIndex<T> {
  const { placed, invalid } = groupEqual(entries, requirementOf);
  const uses = countKeys(placed.map(({ requirement }) => requirement));
  const attributes = new Map<string, AttributeIndex<Group<T>>>();
  const always: Group<T>[] = [];
  for (const { group, requirement } of placed) {
    const keys = chooseKeys(requirement, uses);
    if (keys === undefined) always.push(group);
    for (const { kind, attribute, text } of keys ?? []) {
      let index = attributes.get(attribute);
      if (index === undefined) {
        index = new AttributeIndex(attribute);
        attributes.set(attribute, index);
      }
      index.add(kind, text, group);
    }
  }
  return new GroupedTriggerIndex([...attributes.values()], always, invalid);
}

function groupEqual<T>(
  entries: readonly TriggerIndexEntry<T>[],
  requirementOf: RequirementOf,
): { placed: Placed<T>[]; invalid: InvalidFilter<T>[] } {
  const invalid: InvalidFilter<T>[] = [];
  const placed: Placed<T>[] = [];
  const groups = new Map<string, Group<T>>();
  for (const [position, { filter, value }] of entries.entries()) {
    const id = canonicalText(filter);
    const known = id === undefined ? undefined : groups.get(id);
    if (known === undefined) {
      const compiled = compileFilter(filter);
      if (compiled.kind === 'error') {
        invalid.push({ value, path: compiled.path, message: compiled.message });
        continue;
      }
      // Made with their first element: nearly every group has one, and an array that grows takes room for sixteen.
      const group: Group<T> = {
        source: filter,
        filter: undefined,
        positions: [position],
        values: [value],
        lastSeen: 0,
      };
      placed.push({ group, requirement: requirementOf(filter) });
      if (id !== undefined) groups.set(id, group);
    } else {
      known.positions.push(position);
      known.values.push(value);
    }
  }
  return { placed, invalid };
}

class GroupedTriggerIndex<T> implements TriggerIndex<T> {
  readonly invalid: readonly InvalidFilter<T>[];
  readonly #attributes: readonly AttributeIndex<Group<T>>[];
  readonly #always: readonly Group<T>[];
  readonly #none: readonly T[] = [];
  /** T4. Candidates of the event under way, then those of them that passed. */
  readonly #scratch: Group<T>[] = [];
  #eventNumber = 0;

  constructor(
    attributes: readonly AttributeIndex<Group<T>>[],
    always: readonly Group<T>[],
    invalid: readonly InvalidFilter<T>[],
  ) {
    this.#attributes = attributes;
    this.#always = always;
    this.invalid = invalid;
  }

  match(event: CloudEvent): readonly T[] {
    const scratch = this.#scratch;
    const candidates = this.#collect(event);
    let passed = 0;
    for (let index = 0; index < candidates; index++) {
      const group = scratch[index];
      if (group && (group.filter ?? compiledFor(group)).matches(event)) scratch[passed++] = group;
    }
    scratch.length = passed;
    const [only] = scratch;
    const values = only === undefined ? this.#none : passed === 1 ? only.values : inEntryOrder(scratch);
    scratch.length = 0;
    return values;
  }

  evaluations(event: CloudEvent): number {
    const candidates = this.#collect(event);
    this.#scratch.length = 0;
    return candidates;
  }

  /** Puts every group that may pass into the scratch list, each once; gives how many there are. */
  #collect(event: CloudEvent): number {
    const scratch = this.#scratch;
    scratch.length = 0;
    const number = ++this.#eventNumber;
    for (const attribute of this.#attributes) attribute.collect(event, scratch);
    let candidates = 0;
    for (const group of scratch) {
      if (group.lastSeen === number) continue;
      group.lastSeen = number;
      scratch[candidates++] = group;
    }
    for (const group of this.#always) scratch[candidates++] = group;
    scratch.length = candidates;
    return candidates;
  }
}

/** T5. It compiled when the index was built: a filter that did not is in no group. */
function compiledFor<T>(group: Group<T>): CompiledFilter {
  const compiled = compileFilter(group.source);
  if (compiled.kind === 'error') throw new Error(`${compiled.path} does not compile any more: ${compiled.message}`);
  group.filter = compiled.filter;
  return compiled.filter;
}

function inEntryOrder<T>(groups: readonly Group<T>[]): T[] {
  const found: { readonly position: number; readonly value: T }[] = [];
  for (const { positions, values } of groups) {
    for (const [index, position] of positions.entries()) found.push({ position, value: values[index] as T });
  }
  found.sort((one, other) => one.position - other.position);
  return found.map(({ value }) => value);
}

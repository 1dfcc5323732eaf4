/**
 * Conditions of a living object: which there are, and what `Ready` follows from.
 *
 * C1. `Ready` is derived after every mark: False when a dependent is False, else Unknown when one is Unknown, else True.
 * C2. When not True, `Ready` has reason and message of the dependent that decided: the most recently transitioned one of the
 *     deciding status, and among those of one moment the first in the set's order.
 * C3. Conditions are sorted by type. `lastTransitionTime` moves only when another field of that condition changed.
 * C4. A type outside the set has severity `Info` and never influences `Ready`.
 *
 * Source: reference section 0.5. All functions are pure: the time is an argument.
 */
import type { Condition } from '../resource.ts';

export const readyCondition = 'Ready';

/** The conditions `Ready` of a kind follows from. */
export interface ConditionSet {
  /** In the order in which they decide when several changed at one moment: causes before consequences. */
  readonly dependents: readonly string[];
}

/** What a reconciler says about one condition. */
export interface ConditionMark {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason?: string;
  readonly message?: string;
}

/** A set whose happy condition is `Ready`. The order is that of C2. */
export function livingConditionSet(...dependents: readonly string[]): ConditionSet {
  return { dependents };
}

/** A condition that holds; the reason is for those that hold for want of anything to check. */
export function markTrue(type: string, reason?: string, message?: string): ConditionMark {
  return { type, status: 'True', ...text(reason, message) };
}

/** A condition that does not hold, and why. */
export function markFalse(type: string, reason: string, message: string): ConditionMark {
  return { type, status: 'False', ...text(reason, message) };
}

/** A condition of which it is not known yet. */
export function markUnknown(type: string, reason?: string, message?: string): ConditionMark {
  return { type, status: 'Unknown', ...text(reason, message) };
}

/** An empty text is no text: the field is left out, as in Kubernetes. */
function text(reason: string | undefined, message: string | undefined): Pick<ConditionMark, 'reason' | 'message'> {
  return {
    ...(reason === undefined || reason === '' ? {} : { reason }),
    ...(message === undefined || message === '' ? {} : { message }),
  };
}

/** Milliseconds since the epoch as Kubernetes writes times: RFC 3339, UTC, whole seconds. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function put(conditions: readonly Condition[], next: Condition, nowMs: number): readonly Condition[] {
  const before = conditions.find((condition) => condition.type === next.type);
  const unchanged =
    before !== undefined &&
    before.status === next.status &&
    before.reason === next.reason &&
    before.message === next.message &&
    before.severity === next.severity;
  if (unchanged) return conditions; // C3
  const others = conditions.filter((condition) => condition.type !== next.type);
  const stored = [...others, { ...next, lastTransitionTime: formatTime(nowMs) }];
  return stored.sort((a, b) => (a.type < b.type ? -1 : 1)); // C3
}

/** The dependent that decides, by C1 and C2; undefined when all are True. */
function deciding(set: ConditionSet, conditions: readonly Condition[]): Omit<ConditionMark, 'type'> | undefined {
  const dependents = set.dependents.map(
    (type): Condition => findCondition(conditions, type) ?? { type, status: 'Unknown' },
  );
  for (const status of ['False', 'Unknown'] as const) {
    let latest: Condition | undefined;
    for (const condition of dependents) {
      if (condition.status !== status) continue;
      const newer = (condition.lastTransitionTime ?? '') > (latest?.lastTransitionTime ?? '');
      if (latest === undefined || newer) latest = condition;
    }
    if (latest !== undefined) return { status, ...text(latest.reason, latest.message) };
  }
  return undefined;
}

/**
 * The conditions after some marks. Every dependent that was never marked is there as Unknown.
 *
 * @param conditions what is stored; returned as it is, the same array, when nothing changes.
 */
export function applyMarks(
  set: ConditionSet,
  conditions: readonly Condition[],
  marks: readonly ConditionMark[],
  nowMs: number,
): readonly Condition[] {
  let next = conditions;
  for (const type of set.dependents) {
    if (findCondition(next, type) === undefined) next = put(next, { type, status: 'Unknown' }, nowMs);
  }
  for (const mark of marks) {
    const terminal = set.dependents.includes(mark.type);
    next = put(next, terminal ? mark : { ...mark, severity: 'Info' }, nowMs); // C4
  }
  return put(next, { type: readyCondition, ...(deciding(set, next) ?? { status: 'True' }) }, nowMs); // C1
}

/** The conditions of an object that was never reconciled: all Unknown. */
export function initialConditions(set: ConditionSet, nowMs: number): readonly Condition[] {
  return applyMarks(set, [], [], nowMs);
}

/** The condition of a type; undefined when it was never set. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether `Ready` is True. Whether the status speaks of the object's present generation is asked with `isCurrent`. */
export function isReady(conditions: readonly Condition[] | undefined): boolean {
  return findCondition(conditions, readyCondition)?.status === 'True';
}

/** Whether a status was written for the generation the object has now. */
export function isCurrent(resource: {
  readonly metadata: { readonly generation?: number };
  readonly status?: { readonly observedGeneration?: number };
}): boolean {
  return (resource.status?.observedGeneration ?? 0) >= (resource.metadata.generation ?? 0);
}

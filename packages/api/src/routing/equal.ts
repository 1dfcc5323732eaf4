/**
 * Whether two tables, or parts of them, say the same: so that a change which changes nothing moves nothing.
 */
import type { LogRoute, RoutingTable, SubscriptionRoute } from './table.ts';

/** Equal as values. A member that is undefined counts as absent; the order of members does not matter, that of lists does. */
function equalValues(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((member, index) => equalValues(member, b[index]));
  }
  const [left, right] = [presentEntries(a), new Map(presentEntries(b))];
  return (
    left.length === right.size && left.every(([name, value]) => right.has(name) && equalValues(value, right.get(name)))
  );
}

function presentEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}

/** Whether two tables say the same. */
export function equalTables(a: RoutingTable, b: RoutingTable): boolean {
  return equalValues(a, b);
}

/** Whether two logs, their subscriptions included, say the same. */
export function equalLogs(a: LogRoute, b: LogRoute): boolean {
  return equalValues(a, b);
}

/** Whether two subscriptions say the same, their filters included. */
export function equalSubscriptions(a: SubscriptionRoute, b: SubscriptionRoute): boolean {
  return equalValues(a, b);
}

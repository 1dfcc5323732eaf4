/** Whether a new table changes anything for a subscription: a table is made anew each time, mostly with equal routes. */
import type { SubscriptionRoute } from '@millrace/api';

export function sameFilter(a: SubscriptionRoute, b: SubscriptionRoute): boolean {
  return a.filter === b.filter || JSON.stringify(a.filter) === JSON.stringify(b.filter);
}

/** Routes are plain data with their fields in one order (they come from one function), so their text compares them. */
export function sameRoute(a: SubscriptionRoute, b: SubscriptionRoute): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

export function sameStart(a: SubscriptionRoute, b: SubscriptionRoute): boolean {
  return JSON.stringify(a.start) === JSON.stringify(b.start);
}

/** The last line of a demonstration, and what is to be said before it when the sums do not agree. */
import type { Comparison, TriggerComparison } from './compare.ts';

export function summaryLine(accepted: number, sums: Comparison): string {
  const { delivered, retried, deadLettered, lost, unexpected } = sums;
  return `demonstration: ${accepted} events accepted, ${delivered} delivered, ${retried} retried, ${deadLettered} dead-lettered, ${lost} lost, ${unexpected} unexpected`;
}

/** Ids that are named per trigger and kind of problem; the rest is a number. */
const namedMax = 3;

/** What does not agree, a line each; empty when all does. */
export function problemsOf(comparison: Comparison): readonly string[] {
  return comparison.triggers.flatMap((each) => [
    ...listed(each, 'lost', each.lost),
    ...listed(each, 'unexpected', each.unexpected),
    ...listed(each, 'delivered more than once', each.duplicates),
    ...(each.retried === each.retriesExpected
      ? []
      : [`trigger ${each.trigger}: ${each.retried} retries, expected ${each.retriesExpected}`]),
  ]);
}

function listed({ trigger, expected }: TriggerComparison, what: string, ids: readonly string[]): readonly string[] {
  if (ids.length === 0) return [];
  const named = ids.slice(0, namedMax).join(', ');
  const more = ids.length > namedMax ? ` and ${ids.length - namedMax} more` : '';
  return [`trigger ${trigger}: ${ids.length} ${what} (${expected} expected): ${named}${more}`];
}

/** What would change: a trigger that is not applied yet, judged by stored events beside the one that is applied now. */
import type { ScanLine, StoredEvent } from '../client/stored-events.ts';
import { cut } from '../terminal/table.ts';
import { plural, thousands } from '../terminal/text.ts';
import { shortReason } from './tree.ts';
import { type JudgedTrigger, judge } from './verdicts.ts';

/** Events listed by number under each heading. */
const listedMax = 5;

export interface Against {
  readonly trigger: string;
  readonly scanned: number;
  readonly kept: number;
  readonly matched: number;
  /** Matched by the file's version and not by the applied one, and the other way round; absent when none is applied. */
  readonly change?: {
    readonly gained: readonly string[];
    readonly lost: readonly string[];
    readonly unchanged: number;
  };
  /** Why events did not match, most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly events: number }[];
}

export function compareAgainst(
  trigger: JudgedTrigger,
  applied: JudgedTrigger | undefined,
  events: readonly StoredEvent[],
  scan: ScanLine,
): Against {
  const gained: string[] = [];
  const lost: string[] = [];
  const reasons = new Map<string, number>();
  let matched = 0;
  for (const stored of events) {
    const now = judge(trigger, stored.event);
    const before = applied?.filter?.matches(stored.event) ?? false;
    const label = `#${stored.offset} ${stored.event.attributes['type']}`;
    if (now.matches) matched++;
    else reasons.set(shortReason(now.trace), (reasons.get(shortReason(now.trace)) ?? 0) + 1);
    if (now.matches && !before) gained.push(label);
    if (!now.matches && before) lost.push(label);
  }
  return {
    trigger: `${trigger.namespace}/${trigger.name}`,
    scanned: scan.scanned,
    kept: scan.kept,
    matched,
    ...(applied ? { change: { gained, lost, unchanged: events.length - gained.length - lost.length } } : {}),
    reasons: [...reasons].map(([reason, count]) => ({ reason, events: count })).sort((a, b) => b.events - a.events),
  };
}

export function describeComparison(result: Against, width: number): string {
  const lines = [
    `${result.trigger}: ${thousands(result.matched)} of ${thousands(result.scanned)} events match (scanned ${thousands(result.scanned)} of ${thousands(result.kept)})`,
  ];
  if (result.change) {
    const { gained, lost, unchanged } = result.change;
    lines.push(
      `  beside the applied version: ${thousands(gained.length)} gained, ${thousands(lost.length)} lost, ${thousands(unchanged)} unchanged`,
    );
    lines.push(...listed('gained', gained), ...listed('lost', lost));
  } else lines.push('  no such trigger is applied now');
  for (const { reason, events } of result.reasons.slice(0, listedMax))
    lines.push(`  no match: ${reason} (${plural(events, 'event')})`);
  return lines.map((line) => `${cut(line, width)}\n`).join('');
}

function listed(word: string, labels: readonly string[]): readonly string[] {
  const more = labels.length - listedMax;
  return [
    ...labels.slice(0, listedMax).map((label) => `    ${word} ${label}`),
    ...(more > 0 ? [`    … and ${thousands(more)} more`] : []),
  ];
}

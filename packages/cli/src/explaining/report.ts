/** The report of `millrace explain`: an event, and a verdict with its tree for each trigger. */
import type { Colors } from '../terminal/color.ts';
import { treeLines } from './tree.ts';
import type { Verdict } from './verdicts.ts';

export interface Report {
  readonly title: string;
  readonly verdicts: readonly Verdict[];
}

export function describeVerdicts(report: Report, colors: Colors): string {
  const width = Math.max(4, ...report.verdicts.map(({ trigger }) => trigger.name.length));
  const lines = [colors.bold(report.title)];
  for (const { trigger, matches, trace } of report.verdicts) {
    const verdict = matches ? colors.green('MATCHES') : colors.yellow('DOES NOT MATCH');
    const revision = trigger.revision === undefined ? '' : `  revision ${trigger.revision}`;
    lines.push(`${trigger.name.padEnd(width)}  ${verdict}${colors.dim(revision)}`);
    for (const line of treeLines(trace, colors)) lines.push(`${' '.repeat(width + 2)}${line}`);
  }
  if (report.verdicts.length === 0) lines.push('No trigger of its broker is there to judge it.');
  return `${lines.join('\n')}\n`;
}

export function verdictsAsData(report: Report): unknown {
  return {
    event: report.title,
    triggers: report.verdicts.map(({ trigger, matches, trace }) => ({
      namespace: trigger.namespace,
      name: trigger.name,
      ...(trigger.revision === undefined ? {} : { revision: trigger.revision }),
      matches,
      filter: trace,
    })),
  };
}

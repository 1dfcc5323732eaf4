/** The report of `millrace explain`: an event, and a verdict with its tree for each trigger. */
import type { CloudEvent } from '@millrace/api';
import type { Colors } from '../terminal/color.ts';
import { flow } from '../terminal/table.ts';
import { misses, treeLines } from './tree.ts';
import type { Verdict } from './verdicts.ts';

export interface Report {
  readonly title: string;
  readonly event: CloudEvent;
  /** Where it is stored, if it is. */
  readonly stored?: {
    readonly broker: string;
    readonly partition: number;
    readonly offset: number;
    readonly time: string;
  };
  readonly verdicts: readonly Verdict[];
}

/** `width`: of the terminal; absent where there is none, and lines are as long as it takes. */
export function describeVerdicts(report: Report, colors: Colors, width?: number): string {
  const names = Math.max(4, ...report.verdicts.map(({ trigger }) => trigger.name.length));
  const indent = names + 2;
  const lines = [...flow(report.title.split(' ').map(colors.bold), width, 4, ' ')];
  if (report.verdicts.some(({ trace }) => misses(trace)))
    lines.push(
      ...flow(`attributes: ${Object.keys(report.event.attributes).join(', ')}`.split(' '), width, 4, ' ').map(
        colors.dim,
      ),
    );
  for (const { trigger, matches, trace } of report.verdicts) {
    const verdict = matches ? colors.green('MATCHES') : colors.yellow('DOES NOT MATCH');
    const revision = trigger.revision === undefined ? '' : `  revision ${trigger.revision}`;
    lines.push(`${colors.bold(trigger.name.padEnd(names))}  ${verdict}${colors.dim(revision)}`);
    const tree = treeLines(trace, colors, width === undefined ? undefined : width - indent);
    for (const line of tree) lines.push(`${' '.repeat(indent)}${line}`);
  }
  if (report.verdicts.length === 0)
    lines.push('Nobody who could want it is there: no trigger of its broker, no subscription of its channel.');
  return `${lines.join('\n')}\n`;
}

export function verdictsAsData(report: Report): unknown {
  return {
    event: {
      ...report.stored,
      attributes: { specversion: report.event.specversion, ...report.event.attributes },
    },
    matches: report.verdicts.filter(({ matches }) => matches).map(({ trigger }) => trigger.name),
    triggers: report.verdicts.map(({ trigger, matches, trace }) => ({
      namespace: trigger.namespace,
      name: trigger.name,
      ...(trigger.revision === undefined ? {} : { revision: trigger.revision }),
      matches,
      filter: trace,
    })),
  };
}

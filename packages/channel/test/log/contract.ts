/**
 * What every event log must do, as named cases. A log passes by giving a harness; nothing here knows which log it is,
 * how many partitions it has, or whether its offsets have gaps. The cases can be run one by one, so that a log that is
 * broken on purpose can be shown to fail those it must fail.
 */
import { afterAll, describe, it } from 'vitest';
import { appendCases } from './contract-append.ts';
import { cursorCases } from './contract-cursor.ts';
import { retentionCases } from './contract-retention.ts';
import type { Case, LogHarness } from './contract-world.ts';

export type { LogHarness } from './contract-world.ts';

const logCases: readonly Case[] = [...appendCases, ...cursorCases, ...retentionCases];

export function describeEventLog(name: string, harness: LogHarness): void {
  describe(`event log contract: ${name}`, () => {
    const held: string[] = [];
    for (const one of logCases) {
      it(one.name, async () => {
        await one.run(harness);
        held.push(one.name);
      });
    }
    // Which log passes what is to be seen without asking for every test's name.
    afterAll(() => {
      const lines = [`${name}: ${held.length} of ${logCases.length} cases of the log contract hold`, ...held];
      process.stdout.write(`${lines.join('\n  ')}\n`);
    });
  });
}

/** Runs one case by a part of its name, outside of a suite. */
export function runLogCase(part: string, harness: LogHarness): Promise<void> {
  const found = logCases.filter((one) => one.name.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} cases are named like "${part}"`);
  return found[0]!.run(harness);
}

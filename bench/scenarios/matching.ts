/**
 * What matching costs an event when 10,000 triggers are there of which one matches, beside one trigger that matches.
 *
 * CPU time of this process per event. Every round makes new events, so that the texts' hashes are not known yet, as with
 * events that come from outside; the two sides take turns within each round, on events of their own.
 */

import type { CloudEvent, TriggerFilter } from '@millrace/api';
import { buildTriggerIndex, type TriggerIndex } from '@millrace/broker';
import { attributesFor, filterKinds, MATCHING } from '../support/filters.ts';
import { type BenchCheck, type BenchResult, type BenchRow, formatResult, rowOf } from '../support/result.ts';

const TRIGGERS = 10_000;

/**
 * Microseconds that 9,999 further triggers may add. A whole event with one matching trigger may cost ten percent more
 * with 10,000 (design section 8), and the smallest hop there is needs 71 µs: 7 µs. Matching may use half of it.
 */
const ADDED_MICROSECONDS_MAX = 3.5;

/** Events with texts of their own, as if they had just been read from a socket. */
function freshEvents(count: number): CloudEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const attributes: Record<string, string> = Object.create(null);
    attributes['id'] = fresh(`event-${index}`);
    for (const [name, value] of Object.entries(attributesFor(MATCHING))) attributes[name] = fresh(value);
    return { specversion: '1.0', attributes };
  });
}

function fresh(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function indexOf(filterOf: (n: number) => TriggerFilter, numbers: readonly number[]): TriggerIndex<number> {
  const index = buildTriggerIndex(numbers.map((n) => ({ filter: filterOf(n), value: n })));
  if (index.invalid.length > 0) throw new Error(`a filter does not compile: ${JSON.stringify(index.invalid[0])}`);
  return index;
}

/** CPU microseconds per event. Throws unless each event is matched by the one trigger and no other. */
function measure(index: TriggerIndex<number>, events: readonly CloudEvent[]): number {
  let right = 0;
  const before = process.cpuUsage();
  for (const event of events) {
    const matched = index.match(event);
    if (matched.length === 1 && matched[0] === MATCHING) right++;
  }
  const { user, system } = process.cpuUsage(before);
  if (right !== events.length) throw new Error(`${events.length - right} of ${events.length} events matched wrongly`);
  return (user + system) / events.length;
}

export interface MatchingOptions {
  /** Few events and rounds: for the tests. */
  readonly quick: boolean;
}

export async function run({ quick }: MatchingOptions): Promise<BenchResult> {
  const rounds = quick ? 3 : 15;
  const count = quick ? 2_000 : 50_000;
  const numbers = Array.from({ length: TRIGGERS }, (_, n) => n);
  const rows: BenchRow[] = [];
  const checks: BenchCheck[] = [];
  for (const { name, filterOf } of filterKinds) {
    const one = indexOf(filterOf, [MATCHING]);
    const buildStart = process.cpuUsage();
    const many = indexOf(filterOf, numbers);
    const build = process.cpuUsage(buildStart);
    const figures: { one: number[]; many: number[] } = { one: [], many: [] };
    for (let round = -1; round < rounds; round++) {
      const order = round % 2 === 0 ? (['one', 'many'] as const) : (['many', 'one'] as const);
      for (const side of order) {
        const figure = measure(side === 'one' ? one : many, freshEvents(count));
        // The first round compiles and warms up.
        if (round >= 0) figures[side].push(figure);
      }
      // Lets whatever else this process does have its turn between rounds.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const oneRow = rowOf(`${name}: 1 trigger`, 'µs CPU/event', figures.one);
    const manyRow = rowOf(`${name}: 10,000 triggers, 1 matches`, 'µs CPU/event', figures.many);
    rows.push(
      oneRow,
      manyRow,
      rowOf(`${name}: building the index of 10,000`, 'ms CPU', [(build.user + build.system) / 1_000]),
    );
    checks.push(...checksOf(name, oneRow, manyRow, many));
  }
  return { name: 'matching: 10,000 triggers of which one matches', rows, checks };
}

function checksOf(name: string, one: BenchRow, many: BenchRow, index: TriggerIndex<number>): BenchCheck[] {
  const added = many.median - one.median;
  const [event] = freshEvents(1);
  const evaluations = event === undefined ? 0 : index.evaluations(event);
  return [
    {
      kind: 'bar',
      what: `${name}: added by 9,999 triggers that do not match`,
      bar: `≤ ${ADDED_MICROSECONDS_MAX} µs CPU/event`,
      got: `${added.toFixed(3)} µs CPU/event`,
      holds: added <= ADDED_MICROSECONDS_MAX,
    },
    {
      kind: 'verified',
      what: `${name}: filters evaluated per event`,
      bar: '1',
      got: String(evaluations),
      holds: evaluations === 1,
    },
  ];
}

if (import.meta.main) {
  const result = await run({ quick: process.argv.includes('--quick') });
  process.stdout.write(formatResult(result));
  process.exitCode = result.checks.every(({ holds }) => holds) ? 0 : 1;
}

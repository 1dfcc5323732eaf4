/**
 * The demonstration: posts every payload at a running `examples/github`, waits until all has come out, and compares.
 *
 * What must come out is computed from the payloads (`expected.ts`), what came out is read from the subscribers' own records
 * (`collect.ts`). What the engine counted is shown in the table and has to agree with both.
 */
import type { Clock, Random } from '@millrace/runtime';
import { type Collected, collect } from './collect.ts';
import { type Comparison, compare } from './compare.ts';
import { clockTriggers, type Expectation, expectedOf } from './expected.ts';
import { loadPayloads } from './payloads.ts';
import { postAll } from './post.ts';
import { problemsOf, summaryLine } from './summary.ts';
import { type TriggerCounts, type TriggerRow, triggerTable } from './table.ts';

/** What the engine says of one trigger right now. Counts may go on from earlier runs: differences are taken. */
export interface TriggerReading extends TriggerRow {
  /** Deliveries under way and waiting for a retry. */
  readonly unsettled: number;
}

export type DemonstrationProgress =
  | { readonly phase: 'posting'; readonly done: number; readonly total: number }
  /** Ends of events at subscribers and dead letter sinks. */
  | { readonly phase: 'delivering'; readonly done: number; readonly total: number };

export interface DemonstrationContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Address of the GitHubSource: `http://localhost:<port>/github/default/webhooks`. */
  readonly sourceUrl: string;
  /** What its Secret holds under `secretToken`. */
  readonly secret: string;
  /**
   * The folder that the subscribers were given in `MILLRACE_RECORDS`: a new one for every start, so that what an earlier
   * start recorded is not taken for what this one resumed.
   */
  readonly recordsDir: string;
  /** Reads the engine's counts of all triggers. Subscribers must be listening when the demonstration starts. */
  readTriggers(): Promise<readonly TriggerReading[]>;
  progress(state: DemonstrationProgress): void;
  /** Ends it early: the sums then say how far it came. */
  readonly ending?: AbortSignal;
}

export interface DemonstrationResult {
  /** Whether all sums agree. */
  readonly ok: boolean;
  /** `demonstration: E events accepted, …` */
  readonly summary: string;
  /** A line per trigger, with line ends. */
  readonly table: string;
  /** What does not agree, a line each. */
  readonly problems: readonly string[];
  /** What is worth knowing beside the sums, a line each. */
  readonly notes: readonly string[];
  readonly accepted: number;
  readonly comparison: Comparison;
}

const pollMs = 100;

/** All of it takes seconds; when nothing at all has come for this long, nothing more will. */
const quietMsMax = 20_000;

/** However slow the machine is. */
const totalMsMax = 180_000;

/** After the last expected event: what should not come has this long to come all the same. */
const lingerMs = 500;

export async function runDemonstration(context: DemonstrationContext): Promise<DemonstrationResult> {
  const { clock, random, sourceUrl: url, secret, recordsDir } = context;
  const runId = `run-${random.uuid().slice(0, 8)}`;
  const payloads = loadPayloads(runId);
  const before = await context.readTriggers();
  const onProgress = (done: number, total: number) => context.progress({ phase: 'posting', done, total });
  const { ending } = context;
  const posted = await postAll({ clock, url, secret, payloads, onProgress, ...(ending ? { ending } : {}) });
  const expectations = expectedOf(payloads.filter(({ id }) => posted.accepted.has(id)));
  await untilSettled(context, runId, expectations);
  if (!ending?.aborted) await sleep(clock, lingerMs);
  const collected = await collect(recordsDir, runId);
  const comparison = compare(expectations, collected);
  const rows = difference(before, await context.readTriggers());
  const problems = [
    ...posted.refused.map((line) => `not accepted: ${line}`),
    ...problemsOf(comparison),
    ...clockProblems(collected),
    ...(collected.earlier === 0 ? countProblems(comparison, rows) : []),
  ];
  return {
    ok: problems.length === 0,
    summary: summaryLine(posted.accepted.size, comparison),
    table: triggerTable(rows),
    problems,
    notes: notesOn(collected),
    accepted: posted.accepted.size,
    comparison,
  };
}

/** Waits until every expected event has come to its end and the engine has nothing under way for these triggers. */
async function untilSettled(
  context: DemonstrationContext,
  runId: string,
  expectations: readonly Expectation[],
): Promise<void> {
  const { clock, recordsDir } = context;
  const total = expectations.reduce((sum, { ids }) => sum + ids.size, 0);
  const names = new Set(expectations.map(({ trigger }) => trigger));
  const startMs = clock.monotonic();
  let changedMs = startMs;
  let mark = '';
  for (;;) {
    const collected = await collect(recordsDir, runId);
    const { lost, retried } = compare(expectations, collected);
    context.progress({ phase: 'delivering', done: total - lost, total });
    const ticked = clockProblems(collected).length === 0;
    const readings = await context.readTriggers();
    const busy = readings.some(({ trigger, unsettled }) => names.has(trigger) && unsettled > 0);
    if (context.ending?.aborted || (lost === 0 && ticked && !busy)) return;
    const nowMs = clock.monotonic();
    const newMark = `${lost} ${retried} ${ticked}`;
    if (newMark !== mark) changedMs = nowMs;
    mark = newMark;
    if (nowMs - changedMs > quietMsMax || nowMs - startMs > totalMsMax) return;
    await sleep(clock, pollMs);
  }
}

function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(delayMs, resolve, { ref: true }));
}

/** What the engine counted between two readings. Latencies are those of the later one. */
export function difference(before: readonly TriggerReading[], after: readonly TriggerReading[]): readonly TriggerRow[] {
  const earlier = new Map(before.map((reading) => [reading.trigger, reading]));
  return after.map(({ unsettled: _, ...row }) => {
    const start = earlier.get(row.trigger);
    const since = (name: keyof TriggerCounts) => row[name] - (start?.[name] ?? 0);
    return {
      ...row,
      matched: since('matched'),
      delivered: since('delivered'),
      retried: since('retried'),
      deadLettered: since('deadLettered'),
    };
  });
}

/** Where the engine's own counts differ from what the subscribers recorded. */
export function countProblems(comparison: Comparison, rows: readonly TriggerRow[]): readonly string[] {
  const counted = new Map(rows.map((row) => [row.trigger, row]));
  return comparison.triggers.flatMap(({ trigger, expected, delivered, retried, deadLettered }) => {
    const row = counted.get(trigger);
    if (!row) return [`trigger ${trigger}: the engine does not know it`];
    const compared: readonly (readonly [string, number, number])[] = [
      ['matched', row.matched, expected],
      ['delivered', row.delivered, delivered],
      ['dead-lettered', row.deadLettered, deadLettered],
      // An attempt may have failed on its way, before any subscriber could record it: more retries are no contradiction.
      ['retried', Math.min(row.retried, retried), retried],
    ];
    return compared
      .filter(([, counts, records]) => counts !== records)
      .map(
        ([what, counts, records]) => `trigger ${trigger}: the engine counts ${counts} ${what}, records say ${records}`,
      );
  });
}

function clockProblems({ clock }: Collected): readonly string[] {
  return clockTriggers
    .filter((trigger) => (clock.get(trigger) ?? 0) === 0)
    .map((trigger) => `trigger ${trigger}: no event of the source driven by the clock arrived`);
}

function notesOn({ clock, earlier }: Collected): readonly string[] {
  const ticks = clockTriggers.map((trigger) => `${clock.get(trigger) ?? 0} ${trigger}`).join(', ');
  return [
    `beside these, from the sources driven by the clock: ${ticks}`,
    ...(earlier === 0 ? [] : [`resumed from an earlier run: ${earlier} deliveries`]),
  ];
}

/**
 * A healthy subscriber beside two sick ones: a black hole, which accepts the connection and the request and never
 * answers, and one that answers every request with 500.
 *
 * The healthy trigger alone and beside the others take turns, each time with a new process and a new data directory.
 * The load is open loop, so that a system that stalls is charged for every event that was due meanwhile. Afterwards the
 * black hole begins to answer and has to get all it missed; what the failing one was sent has to be in the dead-letter
 * store.
 */
import { measureIsolation } from '../isolation/measure.ts';
import type { IsolationPlan, IsolationRun } from '../isolation/outcome.ts';
import { type BenchCheck, type BenchResult, type BenchRow, rowOf } from '../support/result.ts';

const RESIDENT_MIB_MAX = 250;
const P99_FACTOR_MAX = 2;
const MIB = 1_048_576;

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  // Three retries at the back-off that Knative's brokers have by default.
  const failing = {
    failing: '{ timeout: PT5S, retry: 3, backoffPolicy: exponential, backoffDelay: PT0.2S }',
    hurryFailing: true,
  };
  const plan: IsolationPlan = quick
    ? { rounds: 1, rate: 2_000, seconds: 12, warmUpSeconds: 3, windowSeconds: 3, timeout: 'PT2S', ...failing }
    : { rounds: 3, rate: 2_000, seconds: 60, warmUpSeconds: 6, windowSeconds: 6, timeout: 'PT5S', ...failing };
  const runs = await measureIsolation(plan);
  return {
    name: `isolation: a healthy subscriber at ${plan.rate} events/s beside a black hole and one that always fails`,
    rows: rowsOf(runs),
    checks: checksOf(runs),
  };
}

function rowsOf(runs: readonly IsolationRun[]): readonly BenchRow[] {
  const rows: BenchRow[] = [];
  for (const side of ['alone', 'beside'] as const) {
    const mine = runs.filter((one) => one.side === side);
    const windows = mine.flatMap((one) => one.windows);
    const row = (label: string, unit: string, figures: readonly number[]) =>
      rows.push(rowOf(`${side}: ${label}`, unit, figures));
    row(
      'healthy p50, per window',
      'ms',
      windows.map(({ p50 }) => p50 / 1000),
    );
    row(
      'healthy p99, per window',
      'ms',
      windows.map(({ p99 }) => p99 / 1000),
    );
    row(
      'healthy worst, per window',
      'ms',
      windows.map(({ max }) => max / 1000),
    );
    row(
      '202 after the event was due, p99 of a run',
      'ms',
      mine.map((one) => one.answerP99 / 1000),
    );
    row(
      'generator late, p99 of a run',
      'ms',
      mine.map((one) => one.lateP99 / 1000),
    );
    row(
      'CPU of the process under load',
      'cores',
      mine.map((one) => one.cpuCores),
    );
    row(
      'resident memory, most of a run',
      'MiB',
      mine.map((one) => one.residentBytesMax / MIB),
    );
    row(
      'of which heap and buffers, most of a run',
      'MiB',
      mine.map((one) => one.anonymousBytesMax / MIB),
    );
    row(
      'of which pages of the log, most of a run',
      'MiB',
      mine.map((one) => one.mappedBytesMax / MIB),
    );
  }
  const sick = runs.flatMap((one) => one.sick ?? []);
  rows.push(
    rowOf(
      'backlog of the black hole, from healed to all taken',
      's',
      sick.map((one) => one.healedMs / 1000),
    ),
  );
  return rows;
}

function checksOf(runs: readonly IsolationRun[]): readonly BenchCheck[] {
  const sum = (pick: (run: IsolationRun) => number) => runs.reduce((total, one) => total + pick(one), 0);
  const p99 = (side: IsolationRun['side']) =>
    rowOf(
      side,
      'ms',
      runs.filter((one) => one.side === side).flatMap(({ windows }) => windows.map((one) => one.p99 / 1000)),
    ).median;
  const factor = p99('beside') / p99('alone');
  const resident = Math.max(...runs.map((one) => one.residentBytesMax)) / MIB;
  const beside = runs.flatMap(({ sick, acknowledged }) => (sick ? [{ ...sick, acknowledged }] : []));
  const acknowledgedBeside = beside.reduce((total, one) => total + one.acknowledged, 0);
  const missing = beside.reduce((total, one) => total + one.missingHealed, 0);
  const blackDead = beside.reduce((total, one) => total + one.blackDeadLettered, 0);
  const failingDead = beside.reduce((total, one) => total + one.failingDeadLettered, 0);
  const healthyMissing = sum((one) => one.healthyMissing);
  return [
    {
      kind: 'bar',
      what: 'healthy p99 beside the others ÷ alone, medians of windows',
      bar: `≤ ${P99_FACTOR_MAX}`,
      got: `${factor.toFixed(2)} (${p99('beside').toFixed(2)} ms ÷ ${p99('alone').toFixed(2)} ms)`,
      holds: factor <= P99_FACTOR_MAX,
    },
    {
      kind: 'bar',
      what: 'resident memory at its peak, backlog and drain included',
      bar: `< ${RESIDENT_MIB_MAX} MiB`,
      got: `${resident.toFixed(0)} MiB`,
      holds: resident < RESIDENT_MIB_MAX,
    },
    {
      kind: 'verified',
      what: 'acknowledged events the healthy one never got',
      bar: '0',
      got: `${healthyMissing} of ${sum((one) => one.acknowledged)}, ${sum((one) => one.healthyRepeated)} twice`,
      holds: healthyMissing === 0,
    },
    {
      kind: 'verified',
      what: 'acknowledged events the healed black hole never got',
      bar: '0, none dead-lettered',
      got: `${missing} of ${acknowledgedBeside}, ${blackDead} dead-lettered`,
      holds: missing === 0 && blackDead === 0,
    },
    {
      kind: 'verified',
      what: 'events of the failing one in the dead-letter store',
      bar: `${acknowledgedBeside}, as many as were acknowledged`,
      got: String(failingDead),
      holds: failingDead === acknowledgedBeside,
    },
  ];
}

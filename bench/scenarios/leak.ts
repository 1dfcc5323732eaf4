/**
 * Five million events while triggers come and go: resident memory has to stay where it is after the first fifth. One
 * trigger is there all the time and must get every event; the others change every few seconds.
 */
import { sharedMicroseconds } from '../processes/clock.ts';
import { lostCheck } from '../support/contest.ts';
import { brokerManifest, triggerManifest } from '../support/manifests.ts';
import { Counts } from '../support/numbers.ts';
import { note } from '../support/progress.ts';
import { type BenchResult, rowOf } from '../support/result.ts';
import { arrived, connections } from '../support/round.ts';
import { generate, startSink } from '../support/sinks.ts';
import { startSystem, using } from '../support/system.ts';
import { memoryOf } from '../support/usage.ts';

export interface LeakPlan {
  readonly events: number;
  /** How often the triggers change, and how often memory is looked at. */
  readonly changeMs: number;
  readonly lookMs: number;
  /** Triggers that come and go at each change; one in ten of them wants the events. */
  readonly changing: number;
}

export interface LeakFigures {
  /** Resident memory of each fifth of the events, median. */
  readonly fifths: readonly { readonly residentBytes: number; readonly anonymousBytes: number }[];
  readonly changes: number;
  readonly eventsPerSecond: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly duplicates: number;
}

interface Look {
  readonly taken: number;
  readonly residentBytes: number;
  readonly anonymousBytes: number;
}

const RUN_MS_MAX = 7_200_000;
const GROWTH_MAX = 1.1;
const FIFTHS = 5;
/** Enough for what waits, and reached within the first fifth: what is kept must not grow all the time. */
const roomForSome = { 'millrace.dev/retention-bytes': '256Mi' };

export function measureLeak(plan: LeakPlan): Promise<LeakFigures> {
  return using(startSink(), (sink) =>
    using(startSystem(manifest(sink.url, 0, plan)), async (system) => {
      const run = `leak${process.pid}`;
      await sink.begin({ run, events: plan.events });
      let changes = 0;
      const looks: Look[] = [];
      const change = setInterval(() => system.apply(manifest(sink.url, ++changes, plan)), plan.changeMs);
      const look = setInterval(() => {
        const { residentBytes, anonymousBytes } = memoryOf(system.pid);
        sink.progress().then(
          ({ taken }) => looks.push({ taken, residentBytes, anonymousBytes }),
          () => {}, // The run has ended.
        );
      }, plan.lookMs);
      try {
        const startMicroseconds = sharedMicroseconds();
        const load = { url: system.url, run, events: plan.events, bodyBytes: 1024, connections };
        const acknowledged = Counts.decode((await generate(load, RUN_MS_MAX)).acknowledged);
        const report = await arrived(sink, acknowledged.distinct());
        return {
          fifths: fifthsOf(looks, plan.events),
          changes,
          eventsPerSecond: (plan.events / (report.lastAt - startMicroseconds)) * 1_000_000,
          acknowledged: acknowledged.distinct(),
          lost: acknowledged.missingFrom(Counts.decode(report.takenNumbers)).length,
          duplicates: report.received - report.distinct,
        };
      } finally {
        clearInterval(change);
        clearInterval(look);
      }
    }),
  );
}

/** Names of each generation are new: what a trigger leaves behind when it goes would add up. */
function manifest(sinkUrl: string, generation: number, { changing }: LeakPlan): string {
  return [
    brokerManifest({ annotations: roomForSome }),
    triggerManifest({ name: 'all', subscriber: `${sinkUrl}/` }),
    ...Array.from({ length: changing }, (_, n) =>
      triggerManifest({
        name: `passing-${generation}-${n}`,
        subscriber: `${sinkUrl}/passing`,
        filter: {
          attributes: { type: n % 10 === 0 ? 'com.example.bench' : `com.example.passing${generation}x${n}` },
        },
      }),
    ),
  ].join('');
}

/** Medians by fifth of the events; a fifth that was not looked at (a run that is too short) has what the one before had. */
function fifthsOf(looks: readonly Look[], events: number): LeakFigures['fifths'] {
  const fifths: LeakFigures['fifths'][number][] = [];
  for (let fifth = 0; fifth < FIFTHS; fifth++) {
    const mine = looks.filter(({ taken }) => Math.min(FIFTHS - 1, Math.floor((taken / events) * FIFTHS)) === fifth);
    const median = (pick: (one: Look) => number) => rowOf('', '', mine.map(pick)).median;
    fifths.push(
      mine.length > 0
        ? { residentBytes: median((one) => one.residentBytes), anonymousBytes: median((one) => one.anonymousBytes) }
        : (fifths.at(-1) ?? { residentBytes: 0, anonymousBytes: 0 }),
    );
  }
  return fifths;
}

const MIB = 1_048_576;

export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const plan = quick
    ? { events: 100_000, changeMs: 1_000, lookMs: 250, changing: 20 }
    : { events: 5_000_000, changeMs: 5_000, lookMs: 1_000, changing: 50 };
  note(
    `leak: ${plan.events.toLocaleString('en')} events, ${plan.changing} triggers come and go every ${plan.changeMs} ms`,
  );
  return resultOf(plan, await measureLeak(plan));
}

export function resultOf(plan: LeakPlan, figures: LeakFigures): BenchResult {
  const later = figures.fifths.slice(1).map((one) => one.residentBytes);
  const growth = rowOf('resident memory, most of the later fifths ÷ least', '×', [
    Math.max(...later) / Math.min(...later),
  ]);
  return {
    name: `leak: ${plan.events.toLocaleString('en')} events of 1 KiB while triggers come and go, local durable log`,
    rows: [
      ...figures.fifths.flatMap((one, index) => [
        rowOf(`fifth ${index + 1}: resident memory`, 'MiB', [one.residentBytes / MIB]),
        rowOf(`fifth ${index + 1}: of which heap and buffers`, 'MiB', [one.anonymousBytes / MIB]),
      ]),
      growth,
      rowOf('changes of the triggers', '', [figures.changes]),
      rowOf('rate', 'events/s', [figures.eventsPerSecond]),
      rowOf('duplicates', 'deliveries', [figures.duplicates]),
    ],
    checks: [
      lostCheck(figures.lost, figures.acknowledged),
      {
        kind: 'bar',
        what: 'resident memory flat after the first fifth',
        bar: `within ${Math.round((GROWTH_MAX - 1) * 100)} %`,
        got: `within ${((growth.median - 1) * 100).toFixed(1)} %`,
        holds: growth.median <= GROWTH_MAX,
      },
    ],
  };
}

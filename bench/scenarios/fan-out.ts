/**
 * What each further matching trigger costs: 1 to 50 triggers that all want the event, beside one bare undici post of the
 * same bytes. The slope between 1 and n triggers, by round, is the cost of one more.
 *
 * Ten triggers are measured a second time with as many deliveries under way as the bare posts, 64: with 32 events at once
 * 320 wait to be made, and part of what one costs then is that they do not fit the processor's caches and outlive collections.
 */
import { fileURLToPath } from 'node:url';
import { type Listener, startListener } from '../support/child.ts';
import {
  type Contender,
  type ContestPlan,
  contest,
  figuresOf,
  type SideFigures,
  sideRows,
  validity,
} from '../support/contest.ts';
import { fanOutManifest } from '../support/manifests.ts';
import { note } from '../support/progress.ts';
import { atMost, type BenchResult, type BenchRow, rowOf } from '../support/result.ts';
import { type SinkProcess, startSink } from '../support/sinks.ts';
import { type System, startSystem, using } from '../support/system.ts';
import { cpuMicroseconds } from '../support/usage.ts';

const RATIO_MAX = 1.5;
const BODY_BYTES = 1024;
/** Of the triggers that stand for the line: with two the slope is mostly noise, with fifty the window is the limit. */
const JUDGED = 10;
/** Deliveries: with ten triggers V8 goes on to compile for some ten thousand events, until one costs a quarter less than at first. */
const WARM_UP = 200_000;
/** As many as `baseline/bare-post.ts` has. */
const POSTS_UNDER_WAY = 64;

export interface FanOutFigures {
  readonly sides: readonly SideFigures[];
  /** µs of CPU for a bare post, by round. */
  readonly posts: readonly number[];
}

/** `plan.events` are deliveries: with 50 triggers a fiftieth of it is sent. */
export function measureFanOut(fanOuts: readonly number[], plan: ContestPlan): Promise<FanOutFigures> {
  return using(startSink(), (sink) =>
    using(startBarePost(`${sink.url}/`), async (post) => {
      const systems: System[] = [];
      try {
        for (const targets of fanOuts) systems.push(await startSystem(fanOutManifest(sink.url, targets)));
        const posts: number[] = [];
        await barePosts(post, sink, plan.warmUpEvents);
        const contenders = systems.flatMap(({ pid, url }, index): Contender[] => {
          const targets = fanOuts[index] ?? 1;
          const events = Math.max(50, Math.round(plan.events / targets));
          const side = { name: sideName(targets), pid, url, targets, load: { events } };
          if (targets !== JUDGED) return [side];
          const connections = Math.floor(POSTS_UNDER_WAY / targets);
          return [side, { ...side, name: fewer(side.name), load: { events, connections } }];
        });
        const sides = await contest('fan-out', contenders, sink, {
          ...plan,
          async besides() {
            posts.push(await barePosts(post, sink, plan.events));
          },
        });
        return { sides, posts };
      } finally {
        for (const system of systems) await system.stop();
      }
    }),
  );
}

export function sideName(targets: number): string {
  return `${targets} matching trigger${targets === 1 ? '' : 's'}`;
}

function fewer(name: string): string {
  return `${name}, ${POSTS_UNDER_WAY} deliveries under way`;
}

function startBarePost(subscriber: string): Promise<Listener> {
  return startListener(fileURLToPath(import.meta.resolve('../baseline/bare-post.ts')), {
    subscriber,
    bodyBytes: BODY_BYTES,
  });
}

let runs = 0;

async function barePosts(post: Listener, sink: SinkProcess, events: number): Promise<number> {
  note(`fan-out: ${events} bare posts`);
  const run = `post${runs++}`;
  await sink.begin({ run, events });
  const before = cpuMicroseconds(post.pid);
  const response = await fetch(`${post.url}/?run=${run}&events=${events}`);
  const { taken } = await sink.progress();
  if (response.status !== 204 || taken !== events) throw new Error(`${taken} of ${events} bare posts arrived`);
  return (cpuMicroseconds(post.pid) - before) / events;
}

/** Rounds are long: what one costs besides its events falls on the sides with many triggers, which get few events. */
export async function run({ quick }: { readonly quick: boolean }): Promise<BenchResult> {
  const fanOuts = quick ? [1, 10] : [1, 2, 5, 10, 50];
  const figures = await measureFanOut(
    fanOuts,
    quick
      ? { rounds: 5, events: 60_000, warmUpEvents: WARM_UP / 2 }
      : { rounds: 15, events: 60_000, warmUpEvents: WARM_UP, open: { rate: 100, events: 500 } },
  );
  return resultOf(fanOuts, figures);
}

export function resultOf(fanOuts: readonly number[], { sides, posts }: FanOutFigures): BenchResult {
  const post = rowOf('one bare undici post, CPU', 'µs', posts);
  const one = figuresOf(sides, sideName(1));
  const ratioOf = (label: string, side: string, targets: number): BenchRow => {
    const slopes = figuresOf(sides, side).closed.map(
      (figure, round) => (figure.cpuPerEvent - (one.closed[round]?.cpuPerEvent ?? Number.NaN)) / (targets - 1),
    );
    return rowOf(
      label,
      '×',
      slopes.map((slope) => slope / post.median),
    );
  };
  const label = (targets: number) => `each further trigger of ${targets} ÷ one bare post, CPU`;
  const ratios = fanOuts.slice(1).map((targets) => ratioOf(label(targets), sideName(targets), targets));
  const judged = ratios[fanOuts.indexOf(JUDGED) - 1] ?? ratios[0];
  if (fanOuts.includes(JUDGED)) ratios.push(ratioOf(fewer(label(JUDGED)), fewer(sideName(JUDGED)), JUDGED));
  return {
    name: 'fan-out: 1 to 50 triggers that all match, beside a bare undici post of the same bytes; 1 KiB',
    rows: [...sides.flatMap(sideRows), post, ...ratios],
    checks: [...validity(sides), ...(judged ? [atMost(judged, RATIO_MAX, 'furtherTrigger')] : [])],
  };
}

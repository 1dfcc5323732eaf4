/**
 * One fault test: traffic into a real installation, faults with the moments they happened and healed, and at the end a judgement against the
 * promises: nothing acknowledged is lost, order per key, duplicates within what was in flight, recovery within 30 s after healing.
 */
import { waitFor } from '@millrace/testkit';
import { broker, documents, trigger, uri } from '../../support/manifests.ts';
import { brokenPromises, type Fault, judge, type Subscriber, type Verdict } from './judge.ts';
import { Traffic } from './ledger.ts';
import { RecordingSink } from './recording-sink.ts';

/** Issue and design: an installation is itself again within that time after what was broken is whole. */
const recoveryMsMax = 30_000;
/** Deliveries that a Trigger may have under way: set in the manifest, and hence the bound of duplicates for each fault. */
export const maxInFlight = 32;
/** Late duplicates show themselves within that time, if there are any. */
const quietMs = 2_000;

export const subscribers: readonly Subscriber[] = [
  { path: '/ordered', ordered: true, wants: () => true },
  { path: '/unordered', ordered: false, wants: () => true },
  { path: '/even', ordered: true, wants: (number) => number % 2 === 0 },
];

/** A Broker with the Triggers above. */
export function manifestFor(sinkUrl: string): string {
  const triggers = subscribers.map(({ path, ordered }) =>
    trigger(path.slice(1), {
      annotations: `{ millrace.dev/max-in-flight: "${maxInFlight}", kafka.eventing.knative.dev/delivery.order: ${ordered ? 'ordered' : 'unordered'} }`,
      subscriber: uri(`${sinkUrl}${path}`),
      ...(path === '/even' ? { filters: '[{ exact: { type: even } }]' } : {}),
    }),
  );
  return documents(broker(), ...triggers);
}

/** By default some 150 events a second: a machine with two cores and three servers on it keeps up, and something is always in flight. */
export interface TrialOptions {
  readonly name: string;
  readonly targets: () => readonly string[];
  readonly keys?: number;
  readonly everyMs?: number;
  readonly answerMs?: number;
  /** Shorter than promised, for a canary. */
  readonly recoveryMs?: number;
  /** How many acknowledged events pass between a recovery and the next fault. */
  readonly steadyEvents?: number;
  /** Where the summary goes: standard output, unless said otherwise. */
  readonly report?: (summary: string) => void;
}

export interface ConcludeOptions {
  readonly acknowledgedMin: number;
  /** How many events the server holds: all that were acknowledged. */
  readonly stored?: () => Promise<number>;
}

export class Trial {
  readonly sink: RecordingSink;
  readonly traffic: Traffic;
  readonly #name: string;
  readonly #faults: (Fault & { readonly inFlight: number })[] = [];
  readonly #recoveries: string[] = [];
  readonly #recoveryMs: number;
  readonly #steadyEvents: number;
  readonly #report: (summary: string) => void;
  readonly #arrived = new Set<string>();

  constructor(options: TrialOptions) {
    this.#name = options.name;
    this.#steadyEvents = options.steadyEvents ?? 250;
    this.#report = options.report ?? ((summary) => void process.stdout.write(summary));
    this.#recoveryMs = options.recoveryMs ?? recoveryMsMax;
    this.sink = new RecordingSink(options.answerMs ?? 10);
    this.traffic = new Traffic({
      prefix: `r${process.pid}`,
      keys: options.keys ?? 8,
      everyMs: options.everyMs ?? 50,
      targets: options.targets,
      path: '/default/default',
    });
  }

  /** Starts the traffic and waits until it flows through every subscriber. */
  async flow(): Promise<void> {
    this.traffic.start();
    await this.#recovered('the start', performance.now());
    await this.#steady();
  }

  /** Does harm, and writes down when. */
  async fault(what: string, harm: () => unknown): Promise<void> {
    this.#faults.push({ what, atMs: performance.now(), inFlight: this.sink.inFlight });
    await harm();
  }

  /** Call it when what was broken is whole again: waits until events flow, and those of before have arrived. */
  async healed(what: string): Promise<void> {
    const tookMs = await this.#recovered(what, performance.now());
    this.#recoveries.push(`${(tookMs / 1_000).toFixed(1)} s after ${what}`);
    await this.#steady();
  }

  /** Ends the traffic, waits until nothing comes any more, and holds the run to the promises. */
  async conclude(options: ConcludeOptions): Promise<Verdict> {
    await this.traffic.stop();
    await this.#drained();
    const verdict = judge(this.traffic.ledger, subscribers, this.sink.deliveries, this.#faults);
    this.#report(this.#summary(verdict));
    const broken = [
      ...brokenPromises(verdict, maxInFlight),
      ...this.traffic.unexpectedAnswers.slice(0, 10).map((answer) => `unexpected answer to ${answer}`),
    ];
    // A run in which next to nothing was sent would prove nothing.
    if (verdict.acknowledged < options.acknowledgedMin)
      broken.push(`${verdict.acknowledged} events were acknowledged, ${options.acknowledgedMin} at least are needed`);
    const stored = await options.stored?.();
    if (stored !== undefined && stored < verdict.acknowledged) broken.push(`the server holds ${stored} events only`);
    if (broken.length > 0) throw new Error(`${this.#name}:\n${broken.join('\n')}`);
    return verdict;
  }

  /** A while of undisturbed traffic, so that the next fault meets a system at work. */
  async #steady(): Promise<void> {
    const enough = this.traffic.acknowledged + this.#steadyEvents;
    await waitFor('undisturbed traffic', () => this.traffic.acknowledged >= enough, {
      timeoutMs: this.#recoveryMs,
      everyMs: 50,
    });
  }

  /** Until each key has an event that was sent and acknowledged since then, and all acknowledged ones have arrived. How long it took. */
  async #recovered(what: string, sinceMs: number): Promise<number> {
    await waitFor(
      `events of every key are acknowledged after ${what}`,
      () => this.traffic.isAcknowledgedSince(sinceMs),
      {
        timeoutMs: this.#recoveryMs,
        everyMs: 50,
      },
    );
    const until = performance.now();
    await waitFor(`what was acknowledged has arrived after ${what}`, () => this.#missing(until).length === 0, {
      timeoutMs: Math.max(0, this.#recoveryMs - (until - sinceMs)),
      everyMs: 100,
    }).catch((error: Error) => {
      const named = this.#missing(until).slice(0, 10).join(', ');
      throw new Error(`${error.message}; missing: ${named}; missing now, by key: ${this.#missingByKey()}`);
    });
    return performance.now() - sinceMs;
  }

  /** Acknowledged until then and not answered by every subscriber that wants it. Asked often: what has arrived is not looked at again. */
  #missing(untilMs: number): readonly string[] {
    const missing: string[] = [];
    for (const { id, number, acknowledgedMs } of this.traffic.ledger.values()) {
      if (acknowledgedMs === undefined || acknowledgedMs > untilMs || this.#arrived.has(id)) continue;
      const without = subscribers.filter(
        ({ path, wants }) => wants(number) && !this.sink.answered.has(`${path} ${id}`),
      );
      if (without.length === 0) this.#arrived.add(id);
      else missing.push(...without.map(({ path }) => `${path} ${id}`));
    }
    return missing;
  }

  /** Says whether one key stands still, or all. */
  #missingByKey(): string {
    const byKey = new Map<string, number>();
    for (const name of this.#missing(Number.POSITIVE_INFINITY)) {
      const key = name.split('-').at(-2) ?? '';
      byKey.set(key, (byKey.get(key) ?? 0) + 1);
    }
    return [...byKey].map(([key, count]) => `${key} ${count}`).join(', ');
  }

  async #drained(): Promise<void> {
    let seen = -1;
    let sinceMs = performance.now();
    await waitFor(
      'nothing arrives any more',
      () => {
        if (this.sink.deliveries.length !== seen || this.sink.inFlight > 0) {
          seen = this.sink.deliveries.length;
          sinceMs = performance.now();
        }
        const complete = this.#missing(Number.POSITIVE_INFINITY).length === 0;
        // What is missing by then is the judge's to say.
        return performance.now() - sinceMs > (complete ? quietMs : this.#recoveryMs);
      },
      { timeoutMs: 120_000, everyMs: 100 },
    );
  }

  #summary(verdict: Verdict): string {
    const lines = verdict.duplicates.map(({ after, byPath }, index) => {
      const counts = [...byPath].map(([path, count]) => `${path} ${count}`).join(', ');
      const fault = this.#faults[index - 1];
      return `  duplicates after ${after}${fault ? ` (${fault.inFlight} in flight at the subscribers)` : ''}: ${counts || 'none'}`;
    });
    return (
      `fault test ${this.#name}: ${verdict.acknowledged} of ${verdict.sent} acknowledged, ${verdict.lost.length} lost, ` +
      `${verdict.disorder.length} out of order, ${verdict.recovered} delivered without acknowledgement, ` +
      `longest time without acknowledgement ${(this.#longestGapMs() / 1_000).toFixed(1)} s\n` +
      `  recovered ${this.#recoveries.join(', ') || 'nothing'}; bound of duplicates for each Trigger and fault: ${maxInFlight}\n${lines.join('\n')}\n`
    );
  }

  #longestGapMs(): number {
    const times = [...this.traffic.ledger.values()]
      .flatMap(({ acknowledgedMs }) => acknowledgedMs ?? [])
      .sort((a, b) => a - b);
    return times.reduce((longest, at, index) => Math.max(longest, at - (times[index - 1] ?? at)), 0);
  }
}

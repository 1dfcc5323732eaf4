/**
 * Live lines: one a event, when all its deliveries have ended or after a moment, whichever comes first.
 *
 * V1. Every item ends up in a line, or in the count of what was left out: nothing is hidden without saying so.
 * V2. What is kept in memory is bounded: `storiesMax` events that wait for their deliveries.
 * V3. At most `linesPerSecondMax` lines are printed a second; what goes beyond is counted and said once a second.
 */
import type { Clock, Timer } from '@millrace/runtime';
import type { Colors } from '../terminal/color.ts';
import { plural } from '../terminal/text.ts';
import { eventLines, type LineStyle, laterLines } from './lines.ts';
import type { FailedAttemptItem, LiveItem, SettledItem, TakenItem } from './wire.ts';

/** Events that wait for their deliveries; beyond, the oldest is shown as it stands. */
const storiesMax = 256;
/** A delivery that takes longer gets a line of its own later. */
const patienceMs = 1_000;
/** A person cannot read more; a busy broker must not spend its time on a terminal. */
const linesPerSecondMax = 20;

export interface LiveViewOptions {
  readonly clock: Clock;
  readonly colors: Colors;
  /** Symbols for people; words where no terminal is. */
  readonly symbols: boolean;
  readonly verbose: boolean;
  /** Width of the terminal at this moment; absent where there is none. */
  readonly columns?: () => number;
  write(line: string): void;
}

interface Story {
  readonly item: TakenItem;
  readonly outcomes: Map<string, SettledItem | FailedAttemptItem>;
  readonly timer: Timer;
}

export class LiveView {
  readonly #options: LiveViewOptions;
  readonly #stories = new Map<string, Story>();
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #linesInWindow = 0;
  #hidden = 0;
  #hiddenTimer: Timer | undefined;

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  show(item: LiveItem): void {
    if (item.kind === 'skipped') this.#hide(item.items);
    else if (item.kind === 'event') this.#take(item);
    else this.#outcome(item);
  }

  /** Shows what still waits. */
  end(): void {
    for (const key of [...this.#stories.keys()]) this.#tell(key);
    this.#sayHidden();
  }

  #take(item: TakenItem): void {
    const key = keyOf(item);
    const timer = this.#options.clock.setTimer(patienceMs, () => this.#tell(key));
    this.#stories.set(key, { item, outcomes: new Map(), timer });
    if (item.matched.length === 0) this.#tell(key);
    // V2
    if (this.#stories.size > storiesMax) {
      const [oldest] = this.#stories.keys();
      if (oldest !== undefined) this.#tell(oldest);
    }
  }

  #outcome(item: SettledItem | FailedAttemptItem): void {
    const key = keyOf(item);
    const story = this.#stories.get(key);
    if (!story) {
      this.#later(item);
      return;
    }
    story.outcomes.set(item.trigger, item);
    if (item.kind === 'settled' && item.outcome === 'dead-lettered') this.#tell(key);
    else if (story.item.matched.every((trigger) => isToldAt(story.outcomes.get(trigger)))) this.#tell(key);
  }

  #tell(key: string): void {
    const story = this.#stories.get(key);
    if (!story) return;
    this.#stories.delete(key);
    story.timer.cancel();
    this.#print(eventLines(story.item, story.outcomes, this.#style()));
  }

  /** An outcome of an event that was shown already. */
  #later(item: SettledItem | FailedAttemptItem): void {
    // A retry in between says nothing new until it ends, unless somebody wants every word.
    if (item.kind === 'attempt-failed' && !this.#options.verbose) return;
    this.#print(laterLines(item, this.#options.clock.now(), this.#style()));
  }

  #style(): LineStyle {
    const { colors, symbols, verbose, columns } = this.#options;
    return { colors, symbols, verbose, columns: columns?.() };
  }

  #print(lines: readonly string[]): void {
    const nowMs = this.#options.clock.monotonic();
    if (nowMs - this.#windowStartMs >= 1_000) {
      this.#windowStartMs = nowMs;
      this.#linesInWindow = 0;
      this.#sayHidden();
    }
    // V3
    if (this.#linesInWindow >= linesPerSecondMax) {
      this.#hide(1);
      return;
    }
    this.#linesInWindow++;
    for (const line of lines) this.#options.write(line);
  }

  #hide(count: number): void {
    this.#hidden += count;
    this.#hiddenTimer ??= this.#options.clock.setTimer(1_000, () => this.#sayHidden());
  }

  #sayHidden(): void {
    this.#hiddenTimer?.cancel();
    this.#hiddenTimer = undefined;
    if (this.#hidden === 0) return;
    this.#options.write(
      this.#options.colors.dim(`… ${plural(this.#hidden, 'more line')} not shown (too fast to read)`),
    );
    this.#hidden = 0;
  }
}

/** Nothing more will come within the time that a line waits: it ended, or its next attempt is far off. */
const isToldAt = (outcome: SettledItem | FailedAttemptItem | undefined) =>
  outcome !== undefined && (outcome.kind === 'settled' || (outcome.retryInMs ?? 0) >= patienceMs);

const keyOf = (item: { readonly broker: string; readonly partition: number; readonly offset: number }) =>
  `${item.broker} ${item.partition} ${item.offset}`;

/**
 * What the sources that are driven by a schedule share: PingSource and CronJobSource differ in what they emit and in how
 * far their ticks are spread, in nothing else.
 *
 * S1. A tick makes its event at once, from the route in force; the event is emitted after the spread.
 * S2. A change that leaves the schedule as it is does not touch the next due time.
 * S3. `stop` emits at once what still waits for its spread, and resolves when all of it has ended.
 */
import type { CronJobSourceRoute, DecodedEvent, Invalid, PingSourceRoute } from '@millrace/api';
import { Outbox } from '../emit/index.ts';
import type { RunningSource, SourcePorts, SourceView } from '../source.ts';
import { readSchedule } from './schedule.ts';
import { Spread } from './spread.ts';
import { Ticker } from './ticker.ts';

type ScheduledRoute = PingSourceRoute | CronJobSourceRoute;

/** When an event was due and under which id it goes. */
export interface Tick {
  readonly id: string;
  /** Milliseconds since the epoch: now, as the tick sees it. */
  readonly timeMs: number;
}

export interface ScheduledSource<Route extends ScheduledRoute> {
  readonly toEvent: (route: Route, tick: Tick) => DecodedEvent | Invalid;
  /** Ticks are put off by up to this. 0: not at all. */
  readonly spreadMs: number;
}

/** Starts a source that is driven by a schedule. One whose schedule cannot be read is `failed` until it is updated. */
export function startScheduled<Route extends ScheduledRoute>(
  route: Route,
  ports: SourcePorts,
  source: ScheduledSource<Route>,
): RunningSource<Route> {
  return new Scheduled(route, ports, source);
}

class Scheduled<Route extends ScheduledRoute> implements RunningSource<Route> {
  readonly #ports: SourcePorts;
  readonly #source: ScheduledSource<Route>;
  readonly #outbox: Outbox;
  readonly #spread: Spread;
  #route: Route;
  #ticker: Ticker | undefined;
  #failure: string | undefined;
  #stopped = false;

  constructor(route: Route, ports: SourcePorts, source: ScheduledSource<Route>) {
    this.#route = route;
    this.#ports = ports;
    this.#source = source;
    this.#outbox = new Outbox(route, ports);
    this.#spread = new Spread(ports.clock, ports.random, source.spreadMs);
    this.#schedule();
  }

  update(route: Route): void {
    const same = scheduleOf(route) === scheduleOf(this.#route);
    // What is due already is told under the old route (S1).
    if (!same) this.#ticker?.stop();
    this.#route = route;
    this.#outbox.update(route);
    if (!same) this.#schedule();
    else if (this.#ticker !== undefined) this.#failure = undefined; // S2
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ticker?.stop();
    this.#spread.flush(); // S3
    await this.#outbox.settled();
  }

  view(): SourceView {
    const nextAtMs = this.#ticker?.nextAtMs;
    const state = this.#stopped ? 'stopped' : this.#failure === undefined ? 'running' : 'failed';
    return {
      ...this.#outbox.view(),
      state,
      ...(this.#failure !== undefined && { reason: this.#failure }),
      ...(nextAtMs !== undefined && { nextAtMs }),
    };
  }

  #schedule(): void {
    const { schedule, timezone } = this.#route.spec as PingSourceRoute['spec'];
    const read = readSchedule(schedule, timezone);
    this.#ticker = undefined;
    if (read.kind === 'error') {
      this.#fail(read.reason);
      return;
    }
    this.#failure = undefined;
    const { clock, logger } = this.#ports;
    this.#ticker = new Ticker({ clock, logger, schedule: read.schedule, onTick: () => this.#tick() });
  }

  #tick(): void {
    const { random, clock } = this.#ports;
    const made = this.#source.toEvent(this.#route, { id: random.uuid(), timeMs: clock.now() });
    if (made.kind === 'invalid') {
      this.#fail(made.message);
      return;
    }
    if (this.#source.spreadMs === 0) void this.#outbox.send(made.event);
    else this.#spread.run(() => void this.#outbox.send(made.event));
  }

  #fail(reason: string): void {
    if (this.#failure === reason) return;
    this.#failure = reason;
    const { kind, namespace, name } = this.#route;
    this.#ports.logger.error('source cannot emit', { kind, namespace, name, reason });
  }
}

/** Two routes with the same text here are due at the same times. */
function scheduleOf({ spec }: ScheduledRoute): string {
  return JSON.stringify([spec.schedule, 'timezone' in spec ? spec.timezone : undefined]);
}

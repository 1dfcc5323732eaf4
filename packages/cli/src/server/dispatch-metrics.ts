/** Metrics of dispatch, bound once a trigger so that the hot path only adds to numbers. */
import type { LogRoute, SubscriptionRoute } from '@millrace/api';
import type { CursorView, DispatchMetrics, SubscriptionMeter } from '@millrace/channel';
import type { Counter, Histogram, Labels, Metrics } from '@millrace/runtime';

/** From a millisecond to ten seconds: the range of Knative's own dispatch histogram, and below it what a laptop does. */
const latencyBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const counted = { unit: '{event}' };

const gauges: readonly {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly read: (view: CursorView) => number;
}[] = [
  {
    name: 'millrace_trigger_lag',
    description: 'Events from the position of a trigger to the end of its log',
    unit: '{event}',
    read: (view) => view.lag,
  },
  {
    name: 'millrace_trigger_oldest_unsettled_seconds',
    description: 'Age of the oldest event a trigger has not settled',
    unit: 's',
    read: (view) => view.oldestUnsettledMs / 1000,
  },
  {
    name: 'millrace_trigger_in_flight',
    description: 'Deliveries of a trigger under way',
    unit: '{event}',
    read: (view) => view.inFlight,
  },
];

const destinations = ['sink', 'store'] as const;

export function createDispatchMetrics(
  metrics: Metrics,
  viewOf: (uid: string) => CursorView | undefined,
): DispatchMetrics {
  return {
    bind(log, route) {
      const labels = labelsOf(log, route);
      const { uid } = route;
      for (const { name, description, unit, read } of gauges) {
        metrics.gauge(name, { description, unit }, labels, () => {
          const view = viewOf(uid);
          return view ? read(view) : 0;
        });
      }
      return new Meter(metrics, labels);
    },
    forget(log, route) {
      const labels = labelsOf(log, route);
      for (const one of [labels, ...destinations.map((to) => ({ ...labels, to }))]) metrics.forgetExactly(one);
    },
  };
}

/** A class, and not an object of closures: there is one for each of ten thousand triggers. */
class Meter implements SubscriptionMeter {
  readonly #matched: Counter;
  readonly #delivered: Counter;
  readonly #retried: Counter;
  readonly #toSink: Counter;
  readonly #toStore: Counter;
  readonly #latency: Histogram;

  constructor(metrics: Metrics, labels: Labels) {
    const count = (name: string, description: string, of = labels) =>
      metrics.counter(name, { ...counted, description }, of);
    this.#matched = count('millrace_events_matched', 'Events that a trigger wanted');
    this.#delivered = count('millrace_events_delivered', 'Events that a subscriber took');
    this.#retried = count('millrace_deliveries_retried', 'Attempts after a first one that failed');
    this.#latency = metrics.histogram(
      'millrace_dispatch_latency_seconds',
      {
        description: 'From the append of an event to the end of the attempt that was accepted',
        unit: 's',
        boundaries: latencyBoundaries,
      },
      labels,
    );
    const deadLettered = (to: (typeof destinations)[number]) =>
      count('millrace_events_dead_lettered', 'Events that no subscriber took', { ...labels, to });
    this.#toSink = deadLettered('sink');
    this.#toStore = deadLettered('store');
  }

  matched(count: number): void {
    this.#matched.add(count);
  }

  delivered(latencyMs: number): void {
    this.#delivered.add(1);
    this.#latency.record(latencyMs / 1000);
  }

  retried(): void {
    this.#retried.add(1);
  }

  deadLettered(to: 'sink' | 'store'): void {
    (to === 'sink' ? this.#toSink : this.#toStore).add(1);
  }
}

function labelsOf(log: LogRoute, route: SubscriptionRoute): Labels {
  const { namespace, name } = route;
  // Triggers as ever; others by the kind of log they are on, and their own.
  if (route.kind === 'Trigger') return { namespace, broker: log.name, trigger: name };
  return { namespace, [log.kind.toLowerCase()]: log.name, [route.kind.toLowerCase()]: name };
}

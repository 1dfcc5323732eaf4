/**
 * Metrics of dispatch. Each trigger has a meter with its numbers, to which the hot path adds; series with names and labels
 * are made of them when somebody scrapes, because they take thirty times as much.
 */
import type { LogRoute, SubscriptionRoute } from '@millrace/api';
import type { CursorView, DispatchMetrics, SubscriptionMeter } from '@millrace/channel';
import { Distribution, type Labels, type Metrics, type Observation } from '@millrace/runtime';

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

const counters: readonly {
  readonly name: string;
  readonly description: string;
  readonly read: (meter: Meter) => number;
}[] = [
  { name: 'millrace_events_matched', description: 'Events that a trigger wanted', read: (meter) => meter.matches },
  {
    name: 'millrace_events_delivered',
    description: 'Events that a subscriber took',
    read: (meter) => meter.deliveries,
  },
  {
    name: 'millrace_deliveries_retried',
    description: 'Attempts after a first one that failed',
    read: (meter) => meter.retries,
  },
];

export function createDispatchMetrics(
  metrics: Metrics,
  viewOf: (uid: string) => CursorView | undefined,
): DispatchMetrics {
  const meters = new Map<string, Meter>();
  const ofEach = <T>(read: (meter: Meter) => T) =>
    function* (): Generator<Observation<T>> {
      for (const meter of meters.values()) yield [labelsOf(meter.log, meter.route), read(meter)];
    };
  for (const { name, description, unit, read } of gauges) {
    const now = ({ route }: Meter) => {
      const view = viewOf(route.uid);
      return view ? read(view) : 0;
    };
    metrics.observe(name, 'gauge', { description, unit }, ofEach(now));
  }
  for (const { name, description, read } of counters) {
    metrics.observe(name, 'counter', { ...counted, description }, ofEach(read));
  }
  const deadLettered = { ...counted, description: 'Events that no subscriber took' };
  metrics.observe('millrace_events_dead_lettered', 'counter', deadLettered, function* () {
    for (const { log, route, toSink, toStore } of meters.values()) {
      const labels = labelsOf(log, route);
      yield [{ ...labels, to: 'sink' }, toSink];
      yield [{ ...labels, to: 'store' }, toStore];
    }
  });
  const latency = {
    description: 'From the append of an event to the end of the attempt that was accepted',
    unit: 's',
    boundaries: latencyBoundaries,
  };
  metrics.observeHistograms(
    'millrace_dispatch_latency_seconds',
    latency,
    ofEach((meter) => meter.latency),
  );
  return {
    bind(log, route) {
      const meter = new Meter(log, route);
      meters.set(route.uid, meter);
      return meter;
    },
    forget(log, { uid }) {
      // It may have come to another log meanwhile.
      if (meters.get(uid)?.log.uid === log.uid) meters.delete(uid);
    },
  };
}

class Meter implements SubscriptionMeter {
  readonly log: LogRoute;
  readonly route: SubscriptionRoute;
  matches = 0;
  deliveries = 0;
  retries = 0;
  toSink = 0;
  toStore = 0;
  /** Absent before the first delivery. */
  latency: Distribution | undefined;

  constructor(log: LogRoute, route: SubscriptionRoute) {
    this.log = log;
    this.route = route;
  }

  matched(count: number): void {
    this.matches += count;
  }

  delivered(latencyMs: number): void {
    this.deliveries++;
    this.latency ??= new Distribution(latencyBoundaries);
    this.latency.record(latencyMs / 1000);
  }

  retried(): void {
    this.retries++;
  }

  deadLettered(to: 'sink' | 'store'): void {
    if (to === 'sink') this.toSink++;
    else this.toStore++;
  }
}

function labelsOf(log: LogRoute, route: SubscriptionRoute): Labels {
  const { namespace, name } = route;
  // Triggers as ever; others by the kind of log they are on, and their own.
  if (route.kind === 'Trigger') return { namespace, broker: log.name, trigger: name };
  return { namespace, [log.kind.toLowerCase()]: log.name, [route.kind.toLowerCase()]: name };
}

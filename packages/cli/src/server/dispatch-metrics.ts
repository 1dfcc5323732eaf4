/** Metrics of dispatch, bound once a trigger so that the hot path only adds to numbers. */
import type { LogRoute, SubscriptionRoute } from '@millrace/api';
import type { CursorView, DispatchMetrics, SubscriptionMeter } from '@millrace/channel';
import type { Metrics } from '@millrace/runtime';

/** From a millisecond to ten seconds: the range of Knative's own dispatch histogram, and below it what a laptop does. */
const latencyBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const counted = { unit: '{event}' };

export function createDispatchMetrics(
  metrics: Metrics,
  viewOf: (uid: string) => CursorView | undefined,
): DispatchMetrics {
  const removers = new Map<string, readonly (() => void)[]>();
  return {
    bind(log, route) {
      const labels = labelsOf(log, route);
      removers.get(route.uid)?.forEach((remove) => void remove());
      const gauge = (name: string, description: string, unit: string, read: (view: CursorView) => number) =>
        metrics.gauge(name, { description, unit }, labels, () => {
          const view = viewOf(route.uid);
          return view ? read(view) : 0;
        });
      removers.set(route.uid, [
        gauge(
          'millrace_trigger_lag',
          'Events from the position of a trigger to the end of its log',
          '{event}',
          (view) => view.lag,
        ),
        gauge(
          'millrace_trigger_oldest_unsettled_seconds',
          'Age of the oldest event a trigger has not settled',
          's',
          (view) => view.oldestUnsettledMs / 1000,
        ),
        gauge('millrace_trigger_in_flight', 'Deliveries of a trigger under way', '{event}', (view) => view.inFlight),
      ]);
      return meterOf(metrics, labels);
    },
    forget(log, route) {
      removers.get(route.uid)?.forEach((remove) => void remove());
      removers.delete(route.uid);
      metrics.forget(labelsOf(log, route));
    },
  };
}

function meterOf(metrics: Metrics, labels: Record<string, string>): SubscriptionMeter {
  const count = (name: string, description: string, more: Record<string, string> = {}) =>
    metrics.counter(name, { ...counted, description }, { ...labels, ...more });
  const matched = count('millrace_events_matched', 'Events that a trigger wanted');
  const delivered = count('millrace_events_delivered', 'Events that a subscriber took');
  const retried = count('millrace_deliveries_retried', 'Attempts after a first one that failed');
  const toSink = count('millrace_events_dead_lettered', 'Events that no subscriber took', { to: 'sink' });
  const toStore = count('millrace_events_dead_lettered', 'Events that no subscriber took', { to: 'store' });
  const latency = metrics.histogram(
    'millrace_dispatch_latency_seconds',
    {
      description: 'From the append of an event to the end of the attempt that was accepted',
      unit: 's',
      boundaries: latencyBoundaries,
    },
    labels,
  );
  return {
    matched: (count) => matched.add(count),
    delivered(latencyMs) {
      delivered.add(1);
      latency.record(latencyMs / 1000);
    },
    retried: () => retried.add(1),
    deadLettered: (to) => (to === 'sink' ? toSink : toStore).add(1),
  };
}

function labelsOf(log: LogRoute, route: SubscriptionRoute): Record<string, string> {
  const { namespace, name } = route;
  // Triggers as ever; others by the kind of log they are on, and their own.
  if (route.kind === 'Trigger') return { namespace, broker: log.name, trigger: name };
  return { namespace, [log.kind.toLowerCase()]: log.name, [route.kind.toLowerCase()]: name };
}

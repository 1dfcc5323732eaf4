/**
 * What `/metrics` answers: the registry as OpenTelemetry metric data, written by OpenTelemetry's own Prometheus
 * serializer. Both libraries are loaded at the first scrape, so a process that nobody scrapes does not carry them.
 */
import type { DataPoint, Histogram as HistogramValue, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Clock, Observation, Recorded } from '../ports/index.ts';
import type { Family, MetricsRegistry } from './registry.ts';

type Sdk = typeof import('@opentelemetry/sdk-metrics');

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';

export interface Exposition {
  /** Every series in Prometheus text form. */
  text(): Promise<string>;
}

export function createExposition(registry: MetricsRegistry, clock: Clock): Exposition {
  const startMs = clock.now();
  return {
    async text() {
      const [sdk, { PrometheusSerializer }, { resourceFromAttributes }] = await Promise.all([
        import('@opentelemetry/sdk-metrics'),
        import('@opentelemetry/exporter-prometheus'),
        import('@opentelemetry/resources'),
      ]);
      const span = { startTime: hrTime(startMs), endTime: hrTime(clock.now()) };
      const metrics = [...registry.families()]
        .map((family) => dataOf(sdk, family, span))
        .filter(({ dataPoints }) => dataPoints.length > 0);
      const data: ResourceMetrics = {
        resource: resourceFromAttributes({ 'service.name': 'millrace' }),
        scopeMetrics: [{ scope: { name: 'millrace' }, metrics }],
      };
      return new PrometheusSerializer('', false, undefined, true, true).serialize(data);
    },
  };
}

type Span = Pick<DataPoint<number>, 'startTime' | 'endTime'>;

function dataOf(sdk: Sdk, family: Family, span: Span): MetricData {
  const base = {
    descriptor: { name: family.name, description: family.description, unit: family.unit, valueType: 1 },
    aggregationTemporality: sdk.AggregationTemporality.CUMULATIVE,
  };
  const observations = observationsOf(family);
  if (family.kind === 'histogram') {
    const points = observations.map(([attributes, value]) => ({
      ...span,
      attributes,
      value: histogramValue(family, value as Recorded | undefined),
    }));
    return { ...base, dataPointType: sdk.DataPointType.HISTOGRAM, dataPoints: points };
  }
  const points = observations.map(([attributes, value]) => ({ ...span, attributes, value: value as number }));
  return family.kind === 'counter'
    ? { ...base, dataPointType: sdk.DataPointType.SUM, isMonotonic: true, dataPoints: points }
    : { ...base, dataPointType: sdk.DataPointType.GAUGE, dataPoints: points };
}

/** Every series of a family as it is now: a number, or what a histogram recorded. */
function observationsOf({ series, observed }: Family): Observation<number | Recorded | undefined>[] {
  const own = [...series.values()].map(
    (one) => [one.labels, one.kind === 'counter' ? one.value : one] as Observation<number | Recorded>,
  );
  return [...own, ...observed.flatMap((read) => [...read()])];
}

function histogramValue(family: Family, recorded: Recorded | undefined): HistogramValue {
  return {
    buckets: { boundaries: [...family.boundaries], counts: [...(recorded?.counts ?? zeros(family))] },
    sum: recorded?.sum ?? 0,
    count: recorded?.count ?? 0,
  };
}

function zeros({ boundaries }: Family): number[] {
  return new Array<number>(boundaries.length + 1).fill(0);
}

function hrTime(ms: number): [number, number] {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
}

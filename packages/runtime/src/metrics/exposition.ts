/**
 * What `/metrics` answers: the registry as OpenTelemetry metric data, written by OpenTelemetry's own Prometheus
 * serializer. Both libraries are loaded at the first scrape, so a process that nobody scrapes does not carry them.
 */
import type { DataPoint, Histogram as HistogramValue, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../ports/index.ts';
import type { CounterSeries, Family, GaugeSeries, HistogramSeries, MetricsRegistry } from './registry.ts';

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
        .filter(({ series }) => series.size > 0)
        .map((family) => dataOf(sdk, family, span));
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
  const series = [...family.series.values()];
  if (family.kind === 'histogram') {
    const points = (series as HistogramSeries[]).map((one) => ({
      ...span,
      attributes: one.labels,
      value: histogramValue(family, one),
    }));
    return { ...base, dataPointType: sdk.DataPointType.HISTOGRAM, dataPoints: points };
  }
  if (family.kind === 'counter') {
    const points = (series as CounterSeries[]).map((one) => ({ ...span, attributes: one.labels, value: one.value }));
    return { ...base, dataPointType: sdk.DataPointType.SUM, isMonotonic: true, dataPoints: points };
  }
  const points = (series as GaugeSeries[]).map((one) => ({ ...span, attributes: one.labels, value: one.read() }));
  return { ...base, dataPointType: sdk.DataPointType.GAUGE, dataPoints: points };
}

function histogramValue(family: Family, series: HistogramSeries): HistogramValue {
  return {
    buckets: { boundaries: [...family.boundaries], counts: [...(series.counts ?? zeros(family))] },
    sum: series.sum,
    count: series.count,
  };
}

function zeros({ boundaries }: Family): number[] {
  return new Array<number>(boundaries.length + 1).fill(0);
}

function hrTime(ms: number): [number, number] {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
}

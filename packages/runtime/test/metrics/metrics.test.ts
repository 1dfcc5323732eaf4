import { createExposition, Distribution, MetricsRegistry, systemClock } from '@millrace/runtime';
import { describe, expect, test } from 'vitest';

const expose = (registry: MetricsRegistry) => createExposition(registry, systemClock).text();

describe('MetricsRegistry', () => {
  test('a counter is exported from 0 on, so that absence is never ambiguous', async () => {
    const registry = new MetricsRegistry();
    registry.counter('millrace.events.accepted', { description: 'Events accepted' }, { broker: 'a' });
    expect(await expose(registry)).toContain('millrace_events_accepted_total{broker="a"} 0');
  });

  test('the same name and labels give the same series, whatever the order of the labels', async () => {
    const registry = new MetricsRegistry();
    registry.counter('hits', { description: 'Hits' }, { a: '1', b: '2' }).add(2);
    registry.counter('hits', { description: 'Hits' }, { b: '2', a: '1' }).add(3);
    expect(await expose(registry)).toContain('hits_total{a="1",b="2"} 5');
  });

  test('a histogram counts a value on its boundary in that bucket and one above all in +Inf', async () => {
    const registry = new MetricsRegistry();
    const latency = registry.histogram('latency_seconds', { description: 'Latency', unit: 's', boundaries: [0.1, 1] });
    for (const value of [0.1, 0.5, 7]) latency.record(value);
    const text = await expose(registry);
    expect(text).toContain('latency_seconds_bucket{le="0.1"} 1');
    expect(text).toContain('latency_seconds_bucket{le="1"} 2');
    expect(text).toContain('latency_seconds_bucket{le="+Inf"} 3');
    expect(text).toContain('latency_seconds_count 3');
  });

  test('what is observed is read when somebody scrapes, with the series that are there at that time', async () => {
    const registry = new MetricsRegistry();
    const lags = new Map([['t', 4]]);
    registry.observe('lag', 'gauge', { description: 'Lag' }, () =>
      [...lags].map(([trigger, lag]) => [{ trigger }, lag] as const),
    );
    lags.set('t', 9);
    expect(await expose(registry)).toContain('lag{trigger="t"} 9');
    lags.delete('t');
    expect(await expose(registry)).not.toContain('lag');
  });

  test('counters that are observed stand beside those that are kept here', async () => {
    const registry = new MetricsRegistry();
    registry.counter('hits', { description: 'Hits' }, { of: 'kept' }).add(2);
    registry.observe('hits', 'counter', { description: 'Hits' }, () => [[{ of: 'observed' }, 3]]);
    const text = await expose(registry);
    expect(text).toContain('hits_total{of="kept"} 2');
    expect(text).toContain('hits_total{of="observed"} 3');
  });

  test('forget takes every series that has all of the labels and no other', async () => {
    const registry = new MetricsRegistry();
    registry.counter('a', { description: 'A' }, { trigger: 't', code: '1' }).add(1);
    registry.counter('a', { description: 'A' }, { trigger: 'u', code: '1' }).add(1);
    registry.forget({ trigger: 't' });
    const text = await expose(registry);
    expect(text).not.toContain('trigger="t"');
    expect(text).toContain('trigger="u"');
  });

  test('a histogram without a value is exported with zeros', async () => {
    const registry = new MetricsRegistry();
    registry.histogram('h', { description: 'H', boundaries: [1] }, { trigger: 't' });
    registry.observeHistograms('h', { description: 'H', boundaries: [1] }, () => [[{ trigger: 'u' }, undefined]]);
    const text = await expose(registry);
    for (const trigger of ['t', 'u']) {
      expect(text).toContain(`h_bucket{trigger="${trigger}",le="+Inf"} 0`);
      expect(text).toContain(`h_count{trigger="${trigger}"} 0`);
    }
  });

  test('a distribution that is observed is exported with its buckets', async () => {
    const registry = new MetricsRegistry();
    const kept = new Distribution([0.1, 1]);
    for (const value of [0.1, 0.5, 7]) kept.record(value);
    registry.observeHistograms('h', { description: 'H', boundaries: [0.1, 1] }, () => [[{ trigger: 't' }, kept]]);
    const text = await expose(registry);
    expect(text).toContain('h_bucket{trigger="t",le="1"} 2');
    expect(text).toContain('h_count{trigger="t"} 3');
  });

  test('asking for a name as another instrument is a bug and throws', () => {
    const registry = new MetricsRegistry();
    registry.counter('a', { description: 'A' });
    expect(() => registry.histogram('a', { description: 'A', boundaries: [1] })).toThrow(/another instrument/);
  });

  test('label values with quotes and line ends are escaped', async () => {
    const registry = new MetricsRegistry();
    registry.counter('a', { description: 'A' }, { name: 'x"y\nz' }).add(1);
    expect(await expose(registry)).toContain('name="x\\"y\\nz"');
  });
});

import { createExposition, MetricsRegistry, systemClock } from '@millrace/runtime';
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

  test('a gauge is read when somebody scrapes and is gone when it was taken away', async () => {
    const registry = new MetricsRegistry();
    let lag = 4;
    const remove = registry.gauge('lag', { description: 'Lag' }, { trigger: 't' }, () => lag);
    lag = 9;
    expect(await expose(registry)).toContain('lag{trigger="t"} 9');
    remove();
    expect(await expose(registry)).not.toContain('trigger="t"');
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

  test('forgetExactly takes the series of exactly these labels, gauges and histograms too', async () => {
    const registry = new MetricsRegistry();
    const labels = { trigger: 't', broker: 'b' };
    registry.counter('a', { description: 'A' }, labels).add(1);
    registry.counter('a', { description: 'A' }, { ...labels, to: 'sink' }).add(1);
    registry.gauge('g', { description: 'G' }, labels, () => 1);
    registry.histogram('h', { description: 'H', boundaries: [1] }, labels).record(1);
    registry.forgetExactly({ broker: 'b', trigger: 't' });
    const text = await expose(registry);
    expect(text).toContain('to="sink"');
    expect(text.match(/trigger="t"/g)).toHaveLength(1);
  });

  test('a histogram without a value is exported with zeros', async () => {
    const registry = new MetricsRegistry();
    registry.histogram('h', { description: 'H', boundaries: [1] }, { trigger: 't' });
    const text = await expose(registry);
    expect(text).toContain('h_bucket{trigger="t",le="+Inf"} 0');
    expect(text).toContain('h_count{trigger="t"} 0');
  });

  test('one of fifty thousand series is forgotten without looking at the others', () => {
    const registry = new MetricsRegistry();
    const names = Array.from({ length: 50_000 }, (_, n) => `t${n}`);
    for (const trigger of names) registry.counter('a', { description: 'A' }, { trigger });
    for (const trigger of names) registry.forgetExactly({ trigger });
    expect([...registry.families()].map(({ series }) => series.size)).toEqual([0]);
  }, 5_000);

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

import { describe, expect, it } from 'vitest';
import { Latencies } from '../../src/demonstration/latencies.ts';
import { triggerTable } from '../../src/demonstration/table.ts';

describe('the table', () => {
  it('has a line per trigger with what was matched, delivered, retried, dead-lettered, and the latencies', () => {
    const counts = { matched: 41, delivered: 41, retried: 82, deadLettered: 0 };
    const rows = [
      { trigger: 'pull-requests', ...counts, p50Ms: 1.26, p99Ms: 152.4 },
      { trigger: 'deletions', matched: 20, delivered: 0, retried: 40, deadLettered: 20 },
    ];
    expect(triggerTable(rows)).toBe(
      [
        'TRIGGER        MATCHED  DELIVERED  RETRIED  DEAD-LETTERED    P50    P99',
        'pull-requests       41         41       82              0  1.3ms  152ms',
        'deletions           20          0       40             20      -      -',
        '',
      ].join('\n'),
    );
  });

  it('fits 80 columns, whatever the names and numbers', () => {
    const many = 12_345_678;
    const row = { trigger: 'x'.repeat(63), matched: many, delivered: many, retried: many, deadLettered: many };
    const lines = triggerTable([{ ...row, p50Ms: 9_999, p99Ms: 60_000 }])
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => line.length).filter((length) => length > 80)).toEqual([]);
    expect(lines[1]).toMatch(/60\.0s$/);
  });
});

describe('latencies', () => {
  it('give exact quantiles', () => {
    const latencies = new Latencies();
    for (let ms = 100; ms >= 1; ms--) latencies.record('t', ms);
    expect([0.5, 0.99, 1, 0].map((q) => latencies.quantile('t', q))).toEqual([50, 99, 100, 1]);
    expect(latencies.quantile('none', 0.5)).toBeUndefined();
  });

  it('keep a bounded number of samples', () => {
    const latencies = new Latencies();
    for (let i = 0; i < 20_000; i++) latencies.record('t', i);
    expect(latencies.quantile('t', 1)).toBe(9_999);
  });
});

/** What the benchmarks measure with, measured itself. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Histogram } from '../../bench/support/histogram.ts';
import { parseMetrics, sumOf } from '../../bench/support/metrics.ts';
import { Counts } from '../../bench/support/numbers.ts';
import { cpuMicroseconds, residentBytes } from '../../bench/support/usage.ts';

describe('histogram', () => {
  test('a quantile is never below the exact one and at most 3.2 % above it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(100), fc.nat(1_000_000), fc.nat(2 ** 31 - 1)), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.9, 0.99, 1),
        (values, part) => {
          const histogram = new Histogram();
          for (const value of values) histogram.add(value);
          const sorted = values.toSorted((one, other) => one - other);
          const exact = sorted[Math.max(1, Math.ceil(part * sorted.length)) - 1] ?? 0;
          const got = histogram.quantile(part);
          expect(got).toBeGreaterThanOrEqual(exact);
          expect(got).toBeLessThanOrEqual(exact * 1.032 + 1);
          expect(histogram.max).toBe(sorted.at(-1));
          expect(histogram.count).toBe(values.length);
        },
      ),
      { seed: 20_261_121 },
    );
  });

  test('without values there is no quantile', () => {
    expect(new Histogram().quantile(0.99)).toBeNaN();
  });
});

describe('counts', () => {
  test('survive being handed on, and name what is missing and what came again', () => {
    const sent = new Counts(5);
    for (const number of [0, 1, 2, 4]) sent.add(number);
    const got = new Counts(5);
    for (const number of [0, 2, 2, 2]) got.add(number);
    expect(got.add(5)).toBe(false);
    const handedOn = Counts.decode(got.encode());
    expect(sent.missingFrom(handedOn)).toEqual([1, 4]);
    expect([handedOn.distinct(), handedOn.repeated()]).toEqual([2, 2]);
  });
});

describe('metrics', () => {
  test('samples are summed by name and labels', () => {
    const samples = parseMetrics(
      '# TYPE dead counter\ndead_total{trigger="a",to="store"} 3\ndead_total{trigger="a",to="sink"} 1 1700000000\ndead_total{trigger="b"} 5\nplain 7\n',
    );
    expect(sumOf(samples, 'dead_total', { trigger: 'a' })).toBe(4);
    expect(sumOf(samples, 'dead_total')).toBe(9);
    expect(sumOf(samples, 'plain')).toBe(7);
    expect(sumOf(samples, 'absent')).toBe(0);
  });
});

describe('usage of a process', () => {
  test('is that of this process: memory is there, and work costs CPU', () => {
    const before = cpuMicroseconds(process.pid);
    const ownBefore = process.cpuUsage();
    while (process.cpuUsage(ownBefore).user < 100_000);
    expect(cpuMicroseconds(process.pid) - before).toBeGreaterThan(50_000);
    expect(residentBytes(process.pid)).toBeGreaterThan(20 * 1_048_576);
  });
});

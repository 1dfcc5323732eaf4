/** What the benchmarks measure with, measured itself. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunFile, writeFigures } from '../../bench/figures.ts';
import { NumberedRequest } from '../../bench/processes/request.ts';
import { fieldOf, RequestReader } from '../../bench/processes/requests.ts';
import { Histogram } from '../../bench/support/histogram.ts';
import { parseMetrics, sumOf } from '../../bench/support/metrics.ts';
import { Counts } from '../../bench/support/numbers.ts';
import { atLeast, atMost, formatGoals, goals, rowOf } from '../../bench/support/result.ts';
import { cpuMicroseconds, residentBytes, threadsBetween, threadsOf } from '../../bench/support/usage.ts';
import { temporaryFolder } from '../support/millrace.ts';

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

  test('of several subscribers, each must have what was sent', () => {
    const sent = new Counts(3);
    for (const number of [0, 2]) sent.add(number);
    const got = new Counts(6);
    for (const place of [0, 2, 3]) got.add(place);
    expect(sent.missingFrom(got)).toEqual([5]);
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

  test('is told apart by thread', () => {
    const before = threadsOf(process.pid);
    const ownBefore = process.cpuUsage();
    while (process.cpuUsage(ownBefore).user < 100_000);
    const used = threadsBetween(before, threadsOf(process.pid));
    expect(Math.max(...Object.values(used))).toBeGreaterThan(50_000);
  });
});

describe('requests of the generator, as the sink reads them', () => {
  test('carry number and due time, whatever the pieces they come in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ number: fc.nat(999_999_999), due: fc.nat(2 ** 40) }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 400 }),
        fc.constantFrom('binary' as const, 'structured' as const),
        fc.nat(300),
        (events, piece, mode, bodyBytes) => {
          const attributes = { type: 'com.example.t1', subject: '/orders/1' };
          const request = new NumberedRequest({ url: 'http://127.0.0.1:9/a/b', run: 'r', bodyBytes, mode, attributes });
          const bytes = Buffer.concat(events.map(({ number, due }) => Buffer.from(request.numbered(number, due))));
          const heads: string[] = [];
          const reader = new RequestReader(({ head }) => heads.push(head));
          for (let at = 0; at < bytes.length; at += piece) reader.take(bytes.subarray(at, at + piece));
          expect(heads).toHaveLength(events.length);
          for (const [index, head] of heads.entries()) {
            expect(head).toMatch(/^POST \/a\/b HTTP\/1\.1\r\n/);
            if (mode === 'structured') continue;
            expect(Number(fieldOf(head, 'ce-benchnumber'))).toBe(events[index]?.number);
            expect(Number(fieldOf(head, 'ce-benchdue'))).toBe(events[index]?.due);
            expect(fieldOf(head, 'ce-id')).toBe(`r-${String(events[index]?.number).padStart(9, '0')}`);
            expect([fieldOf(head, 'ce-type'), fieldOf(head, 'ce-subject')]).toEqual(['com.example.t1', '/orders/1']);
          }
        },
      ),
      { seed: 20_261_122 },
    );
  });

  test('in structured mode are JSON documents', () => {
    const shape = { url: 'http://127.0.0.1:9/', run: 'r', bodyBytes: 100, mode: 'structured' as const, attributes: {} };
    const text = new NumberedRequest(shape).numbered(7, 8).toString();
    const document = JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
    expect(document).toMatchObject({ specversion: '1.0', id: 'r-000000007', datacontenttype: 'application/json' });
    expect(JSON.stringify(document.data)).toHaveLength(100);
  });

  test('a field is found in any spelling of its name', () => {
    const head = 'POST / HTTP/1.1\r\nContent-Length:  12 \r\nx: y';
    expect([fieldOf(head, 'content-length'), fieldOf(head, 'x'), fieldOf(head, 'absent')]).toEqual(['12', 'y', '']);
  });
});

describe('results', () => {
  test('a bar is held by the median, up to the bar itself', () => {
    const row = rowOf('cost', '×', [1, 2, 9]);
    expect([atMost(row, 2).holds, atMost(row, 1.9).holds]).toEqual([true, false]);
    expect([atLeast(row, 2).holds, atLeast(row, 2.1).holds]).toEqual([true, false]);
  });

  test('each number to hold has a line, and what was not measured says so', () => {
    const text = formatGoals([{ name: '', rows: [], checks: [atMost(rowOf('x', '×', [1.7]), 1.5, 'hop')] }]);
    expect(text).toMatch(/CPU per event ÷ bare hop +1\.70 × +≤ 1\.5 × +DOES NOT HOLD/);
    expect(text.match(/not measured/g)).toHaveLength(Object.keys(goals).length - 1);
  });

  test('figures of full runs go into the README between its marks, and what they came from into a file', () => {
    const folder = temporaryFolder();
    try {
      const marks = ['<!-- figures: written by pnpm bench --figures -->', '<!-- end of figures -->'];
      writeFileSync(join(folder.path, 'README.md'), `before\n${marks[0]}\nstale figures\n${marks[1]}\nafter\n`);
      expect(writeFigures(folder.path)).toBeUndefined();
      const run: RunFile = {
        ...{ at: '2026-01-31T00:00:00Z', commit: 'abc', node: 'v26', processors: '2 × X', load: 0, memoryMiB: 2_048 },
        quick: false,
        results: [
          { name: 'hop', rows: [rowOf('cost', 'µs', [1, 2])], checks: [atMost(rowOf('x', '×', [1]), 2, 'hop')] },
        ],
      };
      mkdirSync(join(folder.path, 'results'));
      writeFileSync(join(folder.path, 'results', 'hop.json'), JSON.stringify(run));
      expect(writeFigures(folder.path)).toEqual(['hop']);
      const text = readFileSync(join(folder.path, 'README.md'), 'utf8');
      expect(text).toMatch(/^before\n/);
      expect(text).toMatch(/\nafter\n$/);
      expect(text).not.toContain('stale figures');
      expect(text).toContain('`pnpm bench hop`, 2026-01-31, commit abc, Node v26, 2 × X, 2 GiB');
      expect(text).toContain('| cost | 1.000 | 1.500 | 2.000 | µs |');
      expect(JSON.parse(readFileSync(join(folder.path, 'figures.json'), 'utf8'))).toEqual({ hop: run });
      // What was measured before and not again stays.
      rmSync(join(folder.path, 'results', 'hop.json'));
      const idle = { ...run, commit: 'def' };
      writeFileSync(join(folder.path, 'results', 'idle.json'), JSON.stringify(idle));
      expect(writeFigures(folder.path)).toEqual(['idle']);
      expect(JSON.parse(readFileSync(join(folder.path, 'figures.json'), 'utf8'))).toEqual({ hop: run, idle });
      expect(readFileSync(join(folder.path, 'README.md'), 'utf8')).toMatch(/commit abc.*commit def/s);
    } finally {
      folder.remove();
    }
  });
});

/**
 * kill -9 of the real process at random moments, at full speed. What was answered with 202 arrives at every trigger
 * that wants it, and comes twice at most as often as deliveries were under way at the moment of the crash.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom, waitFor } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { broker, documents, trigger, uri } from '../support/manifests.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { judgeRound, type Ledger, sendAtFullSpeed, type Verdict } from './ledger.ts';

const rounds = Number(process.env['MILLRACE_CRASH_ROUNDS'] ?? 30);
const seed = Number(process.env['MILLRACE_CRASH_SEED'] ?? 20_261_121);
/** Each trigger may have that many deliveries under way: the default, named here on purpose. */
const maxInFlight = 64;

const annotations = `{ millrace.dev/max-in-flight: "${maxInFlight}" }`;

const manifest = (sinkUrl: string) =>
  documents(
    broker(),
    trigger('every', { annotations, subscriber: uri(`${sinkUrl}/every`) }),
    trigger('even', { annotations, filters: '[{ exact: { type: even } }]', subscriber: uri(`${sinkUrl}/even`) }),
  );

/** Number n has type \`even\` when n + 1 is: see the sender. */
const wantedBy = new Map<string, (id: string) => boolean>([
  ['/every', () => true],
  ['/even', (id) => (Number(id.split('-')[1]) + 1) % 2 === 0],
]);

/** Fewer rounds with workers: the same log and the same engine are behind them. */
const kinds = [
  { what: 'one thread', flags: [], rounds },
  { what: 'two workers', flags: ['--workers', '2'], rounds: Math.ceil(rounds / 3) },
] as const;

describe.each(kinds)('kill -9, $what', ({ flags, rounds }) => {
  const folder = temporaryFolder();
  const sink = new Sink();
  let server: Server | undefined;

  beforeAll(async () => {
    sink.keep = false;
    const url = await sink.start();
    writeFileSync(join(folder.path, 'manifest.yaml'), manifest(url));
  });

  afterAll(async () => {
    server?.kill('SIGKILL');
    await server?.exited;
    await sink.stop();
    folder.remove();
  });

  test(`${rounds} rounds: 0 acknowledged events lost, duplicates at most what was in flight`, {
    timeout: 900_000,
  }, async () => {
    process.stdout.write(`crash test: seed ${seed}, ${rounds} rounds\n`);
    const random = new SeededRandom(seed);
    const verdicts: Verdict[] = [];
    const start = () => startServer(['-f', join(folder.path, 'manifest.yaml'), ...flags], join(folder.path, 'data'));
    server = await start();
    for (let round = 0; round < rounds; round++) {
      const sending = sendAtFullSpeed(`${server.dataUrl}/default/default`, `${round}`, 16);
      await pause(100 + random.below(700));
      server.kill('SIGKILL');
      await server.exited;
      await sending.stop();
      server = await start();
      await drained(sink, sending.ledger);
      const verdict = judgeRound(sending.ledger, wantedBy, sink.counts);
      verdicts.push(verdict);
      expect(verdict.lost, `round ${round}, seed ${seed}`).toEqual([]);
      expect(verdict.unexpected, `round ${round}, seed ${seed}`).toEqual([]);
      expect(verdict.duplicates, `round ${round}, seed ${seed}`).toBeLessThanOrEqual(maxInFlight * wantedBy.size);
      sink.counts.clear();
    }
    const sum = (pick: (verdict: Verdict) => number) => verdicts.reduce((total, verdict) => total + pick(verdict), 0);
    const acknowledged = sum((one) => one.acknowledged);
    process.stdout.write(
      `crash test: ${acknowledged} acknowledged, 0 lost, ${sum((one) => one.duplicates)} duplicates ` +
        `(most in a round ${Math.max(...verdicts.map((one) => one.duplicates))}, bound ${maxInFlight * wantedBy.size}), ${sum((one) => one.recovered)} recovered\n`,
    );
    // A test in which nothing was sent would prove nothing.
    expect(acknowledged).toBeGreaterThan(rounds * 50);
  });

  test('canary: the judge sees a lost, a doubled and an unexpected event', () => {
    const ledger: Ledger = { acknowledged: new Set(['0-0', '0-1']), unanswered: new Set(['0-2']) };
    const verdict = judgeRound(
      ledger,
      wantedBy,
      new Map([
        ['/every 0-0', 2],
        ['/even 0-0', 1],
        ['/every 0-2', 1],
      ]),
    );
    expect(verdict).toMatchObject({
      lost: ['/every 0-1', '/even 0-1'],
      duplicates: 1,
      recovered: 1,
      unexpected: ['/even 0-0'],
    });
  });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Until everything acknowledged arrived, or nothing has arrived for a while: then the judge says what is missing. */
async function drained(sink: Sink, ledger: Ledger): Promise<void> {
  let seen = -1;
  let quietSinceMs = performance.now();
  await waitFor(
    'the round is drained',
    () => {
      let total = 0;
      for (const count of sink.counts.values()) total += count;
      if (total !== seen) {
        seen = total;
        quietSinceMs = performance.now();
      }
      const complete = judgeRound(ledger, wantedBy, sink.counts).lost.length === 0;
      const quietMs = performance.now() - quietSinceMs;
      return (complete && quietMs > 300) || quietMs > 10_000;
    },
    { timeoutMs: 60_000, everyMs: 50 },
  );
}

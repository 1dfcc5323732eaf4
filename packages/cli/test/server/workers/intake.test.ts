/** Accepting across threads: the worker's logs and the main thread's side of them, joined by a real message channel. */
import { type CloudEvent, newAttributes } from '@millrace/api';
import type { AppendOutcome, NewRecord } from '@millrace/channel';
import { silentLogger } from '@millrace/runtime';
import { waitFor } from '@millrace/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { entry } from '../../../src/server/workers/entries.ts';
import { Intake } from '../../../src/server/workers/intake.ts';
import { appendTogether, handedOver } from '../../../src/server/workers/limits.ts';
import { RemoteLogs } from '../../../src/server/workers/remote-logs.ts';
import { noAnswersOfMain, noAnswersOfWorker, type Pair, pair } from './support/pair.ts';

let ends: Pair | undefined;
afterEach(() => ends?.close());

interface Asked {
  readonly records: readonly NewRecord[];
  answer(outcome: AppendOutcome): void;
}

const ids = (records: readonly NewRecord[]) => records.map(({ event }) => event.attributes['id']);
const appendedAt = (count: number): AppendOutcome => ({
  kind: 'appended',
  positions: Array.from({ length: count }, (_, offset) => ({ partition: 0, offset })),
});

function record(id: string, dataBytes = 10): NewRecord {
  const attributes = Object.assign(newAttributes(), { id, source: '/s', type: 't' });
  const event: CloudEvent = { specversion: '1.0', attributes, data: Buffer.alloc(dataBytes, 7) };
  return { event, headers: ['traceparent', '00-a'] };
}

/** A log that says nothing until it is told to; `delivered`: it accepts only what all subscribers had. */
function joined({ delivered = false, isOpen = true } = {}) {
  const made = pair();
  ends = made;
  const asked: Asked[] = [];
  const log = {
    append: (records: readonly NewRecord[]) =>
      new Promise<AppendOutcome>((answer) => void asked.push({ records, answer })),
  };
  const intake = new Intake(made.main, {
    logger: silentLogger,
    logFor: () => (isOpen ? log : undefined),
    whenSettled: async (_, __, offset) => (offset === 1 ? 'failed' : 'delivered'),
    nameOfCursor: (cursor) => `Trigger default/${cursor}`,
    logNumbered: (number) => (number === 3 ? { uid: 'uid-b', acceptsDelivered: delivered } : undefined),
  });
  const logs = new RemoteLogs(made.worker);
  made.main.listen({
    entry: (_, reader) => intake.read(reader),
    batchEnd: () => intake.end(),
    answers: noAnswersOfMain,
  });
  made.worker.listen({
    entry: (kind, reader) => logs.read(kind, reader),
    batchEnd: () => undefined,
    answers: noAnswersOfWorker,
  });
  const route = { uid: 'uid-b' } as Parameters<RemoteLogs['apply']>[0][number]['route'];
  logs.apply([{ route, number: 3 }]);
  const append = (...records: NewRecord[]) =>
    logs.of('uid-b')?.append(records) ?? Promise.reject(new Error('not open'));
  return { ...made, asked, logs, append, route };
}

const came = (asked: readonly Asked[], count: number) => waitFor('it is asked', () => asked.length === count);

describe('accepting across threads', () => {
  test('A1: nothing is appended for the sender before the real log said so; events come as they were', async () => {
    const { append, asked } = joined();
    let outcome: AppendOutcome | undefined;
    const appending = append(record('a')).then((one) => (outcome = one));
    await came(asked, 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(outcome).toBeUndefined();
    expect(asked[0]?.records).toEqual([record('a')]);
    asked[0]?.answer(appendedAt(1));
    expect(await appending).toMatchObject({ kind: 'appended' });
  });

  test('N2: requests of one turn are one append, in their order, up to a limit; none is split', async () => {
    const { append, asked } = joined();
    const one = appendTogether.records - 1;
    const appends = [
      ...Array.from({ length: one }, (_, at) => append(record(`${at}`))),
      append(record('x'), record('y')),
    ];
    appends.push(append(record('z')));
    await came(asked, 2);
    expect(asked.map(({ records }) => records.length)).toEqual([one + 2, 1]);
    expect(ids(asked[0]?.records ?? []).slice(-3)).toEqual([`${one - 1}`, 'x', 'y']);
    for (const { answer, records } of asked) answer(appendedAt(records.length));
    expect(new Set((await Promise.all(appends)).map(({ kind }) => kind))).toEqual(new Set(['appended']));
  });

  test.each([[{ kind: 'busy', retryAfterMs: 7 }], [{ kind: 'failed', reason: 'disk "on" fire ✗' }]] as const)(
    'what the log says comes to every request: %o',
    async (outcome) => {
      const { append, asked } = joined();
      const appends = [append(record('a')), append(record('b'))];
      await came(asked, 1);
      asked[0]?.answer(outcome);
      expect(await Promise.all(appends)).toEqual([outcome, outcome]);
    },
  );

  test('a full log names who holds it in words that people know', async () => {
    const { append, asked } = joined();
    const appending = append(record('a'));
    await came(asked, 1);
    asked[0]?.answer({ kind: 'full', reason: 'r', heldBy: ['t'] });
    expect(await appending).toEqual({ kind: 'full', reason: 'r', heldBy: ['Trigger default/t'] });
  });

  test('a log that was closed meanwhile is busy; one that never was open is not there', async () => {
    const { append, logs, route } = joined({ isOpen: false });
    expect(await append(record('a'))).toMatchObject({ kind: 'busy' });
    logs.apply([{ route }]);
    expect(logs.of('uid-b')).toBeUndefined();
  });

  test('R2: a worker hands over no more than its share, and takes again when it was answered', async () => {
    const { append, asked } = joined();
    const large = record('large', handedOver.bytes);
    const first = append(large);
    // One alone is always handed over.
    await came(asked, 1);
    expect(await append(record('b'))).toEqual({ kind: 'busy', retryAfterMs: handedOver.retryAfterMs });
    asked[0]?.answer(appendedAt(1));
    expect(await first).toMatchObject({ kind: 'appended' });
    const again = append(record('c'));
    await came(asked, 2);
    asked[1]?.answer(appendedAt(1));
    expect(await again).toMatchObject({ kind: 'appended' });
  });

  test('a log that accepts `delivered` answers when every subscriber has had each event, request by request', async () => {
    const { append, asked, logs } = joined({ delivered: true });
    const appends = [append(record('a')), append(record('b'), record('c'))];
    await came(asked, 2);
    for (const { answer, records } of asked) answer(appendedAt(records.length));
    expect(await Promise.all(appends)).toEqual([appendedAt(1), appendedAt(2)]);
    expect(await logs.whenSettled('uid-b', 0, 1)).toBe('failed');
  });

  test('canary: a number that nobody waits under is a fault, not silence', () => {
    const { logs } = joined();
    const reader = { count: () => 1, varint: () => 5 } as unknown as Parameters<RemoteLogs['read']>[1];
    expect(() => logs.read(entry.taken, reader)).toThrow('nothing waits under number 5');
  });
});

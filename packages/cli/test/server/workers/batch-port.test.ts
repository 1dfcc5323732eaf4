/** The way between two threads: order, one message a turn, and calls. */
import { waitFor } from '@millrace/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { beginEntry, readBytes, writeBytes } from '../../../src/server/workers/entries.ts';
import { batchBytesMax } from '../../../src/server/workers/limits.ts';
import { noAnswersOfMain, noAnswersOfWorker, type Pair, pair } from './support/pair.ts';

let ends: Pair | undefined;
afterEach(() => ends?.close());

function listening() {
  const made = pair();
  ends = made;
  const seen: (string | number)[] = [];
  made.worker.listen({
    entry: (kind, reader) => void seen.push(kind, readBytes(reader).byteLength),
    batchEnd: () => void seen.push('end'),
    answers: { ...noAnswersOfWorker, apply: () => void seen.push('apply') as undefined },
  });
  made.main.listen({ entry: () => undefined, batchEnd: () => undefined, answers: noAnswersOfMain });
  const write = (kind: number, bytes: number) => {
    beginEntry(made.main.writer, kind);
    writeBytes(made.main.writer, new Uint8Array(bytes));
    made.main.written();
  };
  return { ...made, seen, write };
}

describe('a batch port', () => {
  test('T1: what is written in one turn leaves as one message, in its order', async () => {
    const { seen, write, messages } = listening();
    for (let kind = 1; kind <= 200; kind += 1) write(kind, kind);
    await waitFor('all came', () => seen.at(-1) === 'end');
    expect(messages.toWorker).toBe(1);
    expect(seen).toEqual([...Array.from({ length: 200 }, (_, at) => [at + 1, at + 1]).flat(), 'end']);
  });

  test('T1: a batch that is large enough leaves before the end of the turn, and nothing is lost or mixed up', async () => {
    const { seen, write, messages } = listening();
    for (let kind = 1; kind <= 5; kind += 1) write(kind, batchBytesMax);
    write(6, 1);
    await waitFor('all came', () => seen.includes(6) && seen.at(-1) === 'end');
    expect(messages.toWorker).toBe(6);
    expect(seen.filter((one) => one !== 'end' && Number(one) < 10)).toEqual([1, 2, 3, 4, 5, 6, 1]);
  });

  test('T2: a call comes after the entries that were written before it', async () => {
    const { main, seen, write } = listening();
    write(1, 1);
    await main.call('apply', []);
    write(2, 1);
    await waitFor('all came', () => seen.includes(2));
    expect(seen.slice(0, 4)).toEqual([1, 1, 'end', 'apply']);
  });

  test('T4: many calls under way at once get their own answers; one that throws rejects with its words', async () => {
    const { worker, main } = pair();
    main.listen({
      entry: () => undefined,
      batchEnd: () => undefined,
      answers: {
        webhook({ path }) {
          if (path === '/bad') throw new Error('no such path');
          return { statusCode: 200, headers: {}, body: path };
        },
        log: () => undefined,
      },
    });
    worker.listen({ entry: () => undefined, batchEnd: () => undefined, answers: noAnswersOfWorker });
    const call = (path: string) =>
      worker.call('webhook', { method: 'POST', path, headers: {}, body: new Uint8Array(1) });
    const paths = Array.from({ length: 50 }, (_, at) => `/${at}`);
    expect((await Promise.all(paths.map(call))).map(({ body }) => body)).toEqual(paths);
    await expect(call('/bad')).rejects.toThrow('no such path');
    ends = { worker, main, messages: { toWorker: 0, toMain: 0 }, close: () => undefined };
    await main.call('closePort', 0);
  });
});

/**
 * Logs as a worker sees them: what is appended is handed to the main thread, which has the real ones.
 *
 * R1. `append` resolves as `appended` only after the main thread said that the real log did (A1).
 * R2. What is handed over and not answered is bounded in requests and bytes; above it the log is busy.
 */
import { sizeOfEvent } from '@millrace/api';
import type { AppendOutcome, EventLog, NewRecord } from '@millrace/channel';
import { type ByteReader, writeRecord } from '@millrace/channel';
import type { BatchPort } from './batch-port.ts';
import { beginEntry, entry, readText } from './entries.ts';
import { handedOver } from './limits.ts';
import type { ToMain, ToWorker, WorkerLog } from './messages.ts';
import { Slots } from './slots.ts';

type Appender = Pick<EventLog, 'append'>;

interface Waiting {
  readonly bytes: number;
  resolve(outcome: AppendOutcome): void;
}

/** Nobody asks for positions but those who wait for subscribers. */
const appended: AppendOutcome = { kind: 'appended', positions: [] };
const busy: AppendOutcome = { kind: 'busy', retryAfterMs: handedOver.retryAfterMs };

export class RemoteLogs {
  readonly #port: BatchPort<ToMain, ToWorker>;
  readonly #waiting = new Slots<Waiting>();
  #bytes = 0;
  #logs: ReadonlyMap<string, Appender> = new Map();
  /** How events of logs that accept `delivered` ended, from the answer to the append until ingress asks, in the same turn. */
  readonly #ends = new Map<string, 'delivered' | 'failed'>();

  constructor(port: BatchPort<ToMain, ToWorker>) {
    this.#port = port;
  }

  apply(logs: readonly WorkerLog[]): void {
    const open = logs.flatMap(({ route, number }) =>
      number === undefined ? [] : [[route.uid, { append: (records) => this.#append(number, records) }] as const],
    ) satisfies (readonly [string, Appender])[];
    this.#logs = new Map(open);
  }

  of(logUid: string): Appender | undefined {
    return this.#logs.get(logUid);
  }

  /** R1: the answer to the append came after all subscribers had had the event. */
  whenSettled(logUid: string, partition: number, offset: number): Promise<'delivered' | 'failed'> {
    const key = `${logUid} ${partition} ${offset}`;
    const end = this.#ends.get(key) ?? 'failed';
    this.#ends.delete(key);
    return Promise.resolve(end);
  }

  /** Reads one answer. */
  read(kind: number, reader: ByteReader): void {
    switch (kind) {
      case entry.taken:
        for (let count = reader.count(); count > 0; count -= 1) this.#answer(reader.varint(), appended);
        return;
      case entry.notTaken: {
        const outcome: AppendOutcome = JSON.parse(readText(reader));
        for (let count = reader.count(); count > 0; count -= 1) this.#answer(reader.varint(), outcome);
        return;
      }
      case entry.settled:
        this.#readSettled(reader);
        return;
    }
  }

  #readSettled(reader: ByteReader): void {
    const id = reader.varint();
    const logUid = readText(reader);
    const positions: { partition: number; offset: number }[] = [];
    for (let count = reader.count(); count > 0; count -= 1) {
      const partition = reader.varint();
      const offset = reader.varint();
      positions.push({ partition, offset });
      this.#ends.set(`${logUid} ${partition} ${offset}`, reader.u8() === 1 ? 'delivered' : 'failed');
    }
    this.#answer(id, { kind: 'appended', positions });
  }

  #append(log: number, records: readonly NewRecord[]): Promise<AppendOutcome> {
    let bytes = 0;
    for (const { event } of records) bytes += sizeOfEvent(event);
    // R2: one alone is always handed over, however large.
    const { size } = this.#waiting;
    const over = size >= handedOver.requests || this.#bytes + bytes > handedOver.bytes;
    if (over && size > 0) return Promise.resolve(busy);
    this.#bytes += bytes;
    return new Promise((resolve) => {
      const id = this.#waiting.put({ bytes, resolve });
      const { writer } = this.#port;
      beginEntry(writer, entry.take);
      writer.varint(id);
      writer.varint(log);
      writer.varint(records.length);
      for (const record of records) writeRecord(writer, record, 0);
      this.#port.written();
    });
  }

  #answer(id: number, outcome: AppendOutcome): void {
    const { bytes, resolve } = this.#waiting.take(id);
    this.#bytes -= bytes;
    resolve(outcome);
  }
}

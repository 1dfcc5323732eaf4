/**
 * The main thread's side of accepting: what one worker handed over goes into the real logs, and how that ended back.
 *
 * N1. A request is answered as taken only after its log said `appended` (A1).
 * N2. Requests that came in one batch for one log are appended with one call, up to a limit: one promise for many. A request
 *     is never split.
 */
import type { AppendOutcome, ByteReader, EventLog, NewRecord } from '@millrace/channel';
import { readRecord } from '@millrace/channel';
import type { Logger } from '@millrace/runtime';
import type { BatchPort } from './batch-port.ts';
import { beginEntry, entry, writeText } from './entries.ts';
import { appendTogether, handedOver } from './limits.ts';
import type { ToMain, ToWorker } from './messages.ts';

/** A log of the table in force. */
export interface ServedLog {
  readonly uid: string;
  /** 202 only when every subscriber has had the event. */
  readonly acceptsDelivered: boolean;
}

export interface IntakePorts {
  readonly logger: Logger;
  readonly logFor: (logUid: string) => Pick<EventLog, 'append'> | undefined;
  readonly whenSettled: (logUid: string, partition: number, offset: number) => Promise<'delivered' | 'failed'>;
  /** A cursor's name in words a person knows. */
  readonly nameOfCursor: (cursor: string) => string;
  /** What the number of a log stands for. */
  readonly logNumbered: (number: number) => ServedLog | undefined;
}

/** Requests for one log that are appended together. */
interface Group {
  readonly log: number;
  readonly ids: number[];
  readonly records: NewRecord[];
  bytes: number;
}

export class Intake {
  readonly #port: BatchPort<ToWorker, ToMain>;
  readonly #ports: IntakePorts;
  #group: Group | undefined;

  constructor(port: BatchPort<ToWorker, ToMain>, ports: IntakePorts) {
    this.#port = port;
    this.#ports = ports;
  }

  read(reader: ByteReader): void {
    const before = reader.position;
    const id = reader.varint();
    const log = reader.varint();
    const group = this.#groupFor(log);
    for (let count = reader.count(); count > 0; count -= 1) group.records.push(readRecord(reader, true));
    group.ids.push(id);
    group.bytes += reader.position - before;
    if (this.#ports.logNumbered(log)?.acceptsDelivered === true) this.end();
  }

  /** Nothing more came with this batch. */
  end(): void {
    const group = this.#group;
    if (group === undefined) return;
    this.#group = undefined;
    void this.#append(group);
  }

  /** N2. */
  #groupFor(log: number): Group {
    const { records, bytes } = appendTogether;
    const known = this.#group;
    if (known?.log === log && known.records.length < records && known.bytes < bytes) return known;
    this.end();
    this.#group = { log, ids: [], records: [], bytes: 0 };
    return this.#group;
  }

  async #append({ log: number, ids, records }: Group): Promise<void> {
    const served = this.#ports.logNumbered(number);
    const log = served && this.#ports.logFor(served.uid);
    if (served === undefined || log === undefined) {
      this.#refuse(ids, { kind: 'busy', retryAfterMs: handedOver.retryAfterMs });
      return;
    }
    const outcome = await this.#outcomeOf(log, records);
    if (outcome.kind !== 'appended') this.#refuse(ids, outcome);
    else if (served.acceptsDelivered) await this.#settle(ids, served.uid, outcome);
    else this.#taken(ids);
  }

  async #outcomeOf(log: Pick<EventLog, 'append'>, records: readonly NewRecord[]): Promise<AppendOutcome> {
    try {
      return await log.append(records);
    } catch (error) {
      this.#ports.logger.error('an append threw', { error });
      return { kind: 'failed', reason: 'internal error' };
    }
  }

  /** N1. */
  #taken(ids: readonly number[]): void {
    beginEntry(this.#port.writer, entry.taken);
    this.#writeIds(ids);
  }

  #refuse(ids: readonly number[], outcome: AppendOutcome): void {
    const { nameOfCursor } = this.#ports;
    const told = outcome.kind === 'full' ? { ...outcome, heldBy: outcome.heldBy.map(nameOfCursor) } : outcome;
    beginEntry(this.#port.writer, entry.notTaken);
    writeText(this.#port.writer, JSON.stringify(told));
    this.#writeIds(ids);
  }

  #writeIds(ids: readonly number[]): void {
    const { writer } = this.#port;
    writer.reserve(10 * (ids.length + 1), 0);
    writer.varint(ids.length);
    for (const id of ids) writer.varint(id);
    this.#port.written();
  }

  async #settle(
    ids: readonly number[],
    logUid: string,
    { positions }: AppendOutcome & { readonly kind: 'appended' },
  ): Promise<void> {
    const { logger, whenSettled } = this.#ports;
    const ends = await Promise.all(
      positions.map(async ({ partition, offset }) => {
        try {
          return await whenSettled(logUid, partition, offset);
        } catch (error) {
          logger.error('waiting for subscribers threw', { error });
          return 'failed';
        }
      }),
    );
    for (const id of ids) {
      const { writer } = this.#port;
      beginEntry(writer, entry.settled);
      writer.varint(id);
      writeText(writer, logUid);
      writer.reserve(10 + 21 * positions.length, 0);
      writer.varint(positions.length);
      for (const [index, { partition, offset }] of positions.entries()) {
        writer.varint(partition);
        writer.varint(offset);
        writer.u8(ends[index] === 'delivered' ? 1 : 0);
      }
      this.#port.written();
    }
  }
}

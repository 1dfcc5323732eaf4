/**
 * Appends as groups: what arrives while one group is on its way becomes the next one. A group is one atomic batch where the
 * server has that (2.12), so that it costs one flush; else, and when it is small, its messages are in flight all at once.
 *
 * A1. One group is on its way at a time, and is tried again as it is until it is acknowledged or given up: no record is
 *     stored before one whose append was answered before its own began, and no attempt overtakes another.
 * A2. Every message has an id of its own, the same in every attempt. The server drops what it has already; an attempt whose
 *     acknowledgement was lost is not stored twice. (An event's id would not do: two events may have the same.)
 * A3. The records of one call are never in two batches, up to the size of a batch. Without atomic batches, and beyond that
 *     size, a part of a call may stay in the stream when it fails: unacknowledged, and read like any other event.
 * A4. A message that the server refuses fails its own call alone: a refused group is cut in halves until it is found.
 * A5. What waits is bounded in records and bytes; beyond that `append` answers `busy`.
 */
import { sizeOfEvent } from '@millrace/api';
import {
  afterThisTurn,
  batchMessagesMax,
  type Clock,
  type NatsClient,
  type NatsOutgoing,
  natsCodes,
} from '@millrace/runtime';
import type { AppendOutcome, NewRecord } from '../log.ts';
import type { JetStreamLimits } from './limits.ts';
import { encodeMessage } from './message.ts';

export interface AppenderHost {
  readonly client: NatsClient;
  readonly clock: Clock;
  readonly limits: JetStreamLimits;
  readonly subject: string;
  /** Unique among processes and logs: message ids begin with it (A2). */
  readonly identity: string;
  /** Resolves when the stream's configuration is as it was last asked for. */
  configured(): Promise<void>;
  /** Bytes of one message that the stream takes. */
  messageBytesMax(): number;
  /** `sentMs`: time of day when they were first sent, so not later than the server's own stamp of them. */
  stored(records: readonly NewRecord[], sequences: readonly number[], sentMs: number): void;
  /** Removes what retention allows, for so many bytes. Gives who is in the way when that is not enough. */
  makeRoom(
    bytes: number,
  ): Promise<{ readonly made: boolean; readonly reason: string; readonly heldBy: readonly string[] }>;
}

interface Call {
  readonly records: readonly NewRecord[];
  readonly messages: readonly NatsOutgoing[];
  /** As the queue counts them, and as the server does. */
  readonly bytes: number;
  readonly wireBytes: number;
  readonly resolve: (outcome: AppendOutcome) => void;
}

type Attempt = AppendOutcome | { readonly kind: 'cut' };

/** What the server adds to a message's own headers and data, at most: id, batch, stream's own book-keeping. */
const envelopeBytes = 256;
const headerBytesMax = 64 * 1024 - envelopeBytes;
const fullCodes = new Set<number>([
  natsCodes.storeFailed,
  natsCodes.accountLimit,
  natsCodes.resources,
  natsCodes.storageLimit,
]);

export class Appender {
  readonly #host: AppenderHost;
  readonly #waiting: Call[] = [];
  #bytes = 0;
  #records = 0;
  #lastId = 0;
  #sending = false;
  #closed = false;
  #atomic: boolean;
  #idle: (() => void)[] = [];

  constructor(host: AppenderHost, atomic: boolean) {
    this.#host = host;
    this.#atomic = atomic;
  }

  append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    if (this.#closed) return failed('the log is closed');
    if (records.length === 0) return Promise.resolve({ kind: 'appended', positions: [] });
    const bytes = records.reduce((sum, record) => sum + sizeOfEvent(record.event), 0);
    const { queueBytes, queueRecords, busyRetryAfterMs } = this.#host.limits;
    const over = this.#bytes + bytes > queueBytes || this.#records + records.length > queueRecords;
    if (over && this.#records > 0) return Promise.resolve({ kind: 'busy', retryAfterMs: busyRetryAfterMs }); // A5
    const messages: NatsOutgoing[] = [];
    let wireBytes = 0;
    for (const record of records) {
      const { headers, data } = encodeMessage(record);
      this.#lastId += 1;
      const id = `Nats-Msg-Id: ${this.#host.identity}.${this.#lastId.toString(36)}\r\n`;
      const message = { subject: this.#host.subject, headers: id + headers, data };
      const problem = this.#tooLarge(message);
      if (problem !== undefined) return failed(problem);
      wireBytes += message.headers.length + data.byteLength + envelopeBytes;
      messages.push(message);
    }
    this.#bytes += bytes;
    this.#records += records.length;
    return new Promise((resolve) => {
      this.#waiting.push({ records, messages, bytes, wireBytes, resolve });
      if (this.#sending) return;
      this.#sending = true;
      afterThisTurn(() => void this.#send());
    });
  }

  /** Resolves when what was asked for before is settled. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#sending) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #tooLarge(message: NatsOutgoing): string | undefined {
    const max = this.#host.messageBytesMax();
    const bytes = message.headers.length + message.data.byteLength + envelopeBytes;
    if (bytes > max)
      return `the event takes ${bytes} bytes as a message, the server takes at most ${max} (max_payload)`;
    if (message.headers.length <= headerBytesMax) return undefined;
    return `the event's attributes take ${message.headers.length} bytes as headers, the server takes at most 65536`;
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) await this.#sendGroup(this.#take());
    this.#sending = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** The next calls, as many as go together; at least one. */
  #take(): readonly Call[] {
    const { groupRecords, groupBytes } = this.#host.limits;
    let [count, records, bytes] = [0, 0, 0];
    for (const call of this.#waiting) {
      records += call.messages.length;
      bytes += call.wireBytes;
      if (count > 0 && (records > groupRecords || bytes > groupBytes)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #sendGroup(calls: readonly Call[]): Promise<void> {
    const outcome = await this.#settled(calls);
    if (outcome.kind === 'cut') {
      const middle = calls.length >>> 1; // A4
      await this.#sendGroup(calls.slice(0, middle));
      await this.#sendGroup(calls.slice(middle));
      return;
    }
    let at = 0;
    for (const call of calls) {
      this.#bytes -= call.bytes;
      this.#records -= call.records.length;
      const { length } = call.records;
      call.resolve(
        outcome.kind === 'appended' ? { ...outcome, positions: outcome.positions.slice(at, at + length) } : outcome,
      );
      at += length;
    }
  }

  /** Tries until the group's fate is known, or its time is up (A1). */
  async #settled(calls: readonly Call[]): Promise<Attempt> {
    const { client, clock, limits } = this.#host;
    const messages = calls.flatMap((call) => call.messages);
    const whole = messages.length > limits.singleRecords || messages.length > calls.length; // A3
    const startMs = clock.monotonic();
    const sentMs = clock.now();
    let waitMs = limits.retryMs;
    let rooms = 0;
    await this.#host.configured();
    for (;;) {
      const answer = await this.#publish(messages, whole);
      if (answer.kind === 'ok') return this.#stored(calls, answer.value.sequences, sentMs);
      if (answer.kind === 'refused' && !answer.passing) {
        if (answer.code === natsCodes.atomicDisabled && this.#atomic) {
          this.#atomic = false;
          continue;
        }
        if (calls.length > 1) return { kind: 'cut' };
        if (!fullCodes.has(answer.code)) return { kind: 'failed', reason: answer.reason };
        const room = await this.#host.makeRoom(calls.reduce((sum, call) => sum + call.wireBytes, 0));
        rooms += 1;
        if (!room.made || rooms > limits.trimRounds) {
          return { kind: 'full', reason: `${answer.reason}: ${room.reason}`, heldBy: room.heldBy };
        }
        continue;
      }
      const spentMs = clock.monotonic() - startMs;
      const limitMs = client.connected ? limits.publishMs : limits.connectionMs;
      if (spentMs + waitMs > limitMs) return { kind: 'failed', reason: `not acknowledged: ${answer.reason}` };
      await new Promise<void>((resolve) => void clock.setTimer(waitMs, resolve, { ref: true }));
      waitMs = Math.min(2 * waitMs, limits.retryMsMax);
    }
  }

  async #publish(messages: readonly NatsOutgoing[], whole: boolean) {
    const { client } = this.#host;
    const sequences: number[] = [];
    for (let at = 0; at < messages.length; at += batchMessagesMax) {
      const part = messages.slice(at, at + batchMessagesMax);
      const answer = await client.publish(part, this.#atomic && whole);
      const twice = answer.kind === 'refused' && answer.code === natsCodes.batchHasDuplicate;
      const known = twice ? await this.#whereItIs(part) : answer;
      if (known.kind !== 'ok') return known;
      sequences.push(...known.value.sequences);
    }
    return { kind: 'ok' as const, value: { sequences } };
  }

  /** The batch is stored already (A2): its first message, published again for itself, says where. */
  async #whereItIs(batch: readonly NatsOutgoing[]) {
    const answer = await this.#host.client.publish(batch.slice(0, 1), false);
    if (answer.kind !== 'ok') return answer;
    const first = answer.value.sequences[0] ?? 0;
    if (!answer.value.duplicate) {
      const reason = 'the server had the batch, and forgot it before it was asked where';
      return { kind: 'refused' as const, code: 0, reason, passing: false };
    }
    return { kind: 'ok' as const, value: { sequences: batch.map((_, at) => first + at) } };
  }

  #stored(calls: readonly Call[], sequences: readonly number[], sentMs: number): AppendOutcome {
    const records = calls.length === 1 ? (calls[0] as Call).records : calls.flatMap((call) => call.records);
    this.#host.stored(records, sequences, sentMs);
    return { kind: 'appended', positions: sequences.map((offset) => ({ partition: 0, offset })) };
  }
}

function failed(reason: string): Promise<AppendOutcome> {
  return Promise.resolve({ kind: 'failed', reason });
}

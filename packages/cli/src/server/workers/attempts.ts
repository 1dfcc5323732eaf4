/** The worker's side of delivering: attempts are read, made over HTTP, and told how they ended. */
import type { NewRecord } from '@millrace/channel';
import { type ByteReader, type Deliverer, readRecord } from '@millrace/channel';
import { readWay, type Way, writeOutcome } from './attempt-entries.ts';
import type { BatchPort } from './batch-port.ts';
import { entry } from './entries.ts';
import type { ToMain, ToWorker } from './messages.ts';

export class Attempts {
  readonly #port: BatchPort<ToMain, ToWorker>;
  readonly #deliverer: Deliverer;
  readonly #ways: Way[] = [];
  readonly #signals = new Map<number, AbortController>();
  #last: NewRecord | undefined;

  constructor(port: BatchPort<ToMain, ToWorker>, deliverer: Deliverer) {
    this.#port = port;
    this.#deliverer = deliverer;
  }

  read(kind: number, reader: ByteReader): void {
    switch (kind) {
      case entry.way: {
        const { id, way } = readWay(reader);
        this.#ways[id] = way;
        return;
      }
      case entry.attempt:
      case entry.sameEvent:
        this.#begin(kind, reader);
        return;
      case entry.cancel: {
        const signal = reader.varint();
        this.#signals.get(signal)?.abort();
        this.#signals.delete(signal);
        return;
      }
    }
  }

  batchEnd(): void {
    this.#last = undefined;
  }

  #begin(kind: number, reader: ByteReader): void {
    const id = reader.varint();
    const way = this.#ways[reader.varint()];
    const signal = this.#signalOf(reader.varint());
    if (kind === entry.attempt) this.#last = readRecord(reader, true);
    const record = this.#last;
    if (way === undefined || record === undefined) throw new Error('an attempt without a way or an event');
    const { event, headers } = record;
    this.#deliverer.attempt({ ...way, event, headers }, signal).then(
      (outcome) => {
        writeOutcome(this.#port.writer, id, outcome);
        this.#port.written();
      },
      (error: unknown) => {
        writeOutcome(this.#port.writer, id, {
          kind: 'no-answer',
          why: 'bad-target',
          error: String(error),
          latencyMs: 0,
        });
        this.#port.written();
      },
    );
  }

  #signalOf(id: number): AbortSignal {
    const known = this.#signals.get(id);
    if (known !== undefined) return known.signal;
    const made = new AbortController();
    this.#signals.set(id, made);
    return made.signal;
  }
}

/**
 * One end of the way between two threads.
 *
 * T1. What is written in one turn of the event loop leaves as one message at the end of the turn, never by a timer: a
 *     message costs some 6 µs on both sides together, an entry in it only its bytes.
 * T2. Entries and calls arrive in the order in which they were made.
 * T3. A batch is handed over with its memory; nobody here writes to it again.
 * T4. Calls are for what happens seldom: they are cloned, and each has a promise.
 */
import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { ByteReader, ByteWriter } from '@millrace/channel';
import { batchBytesMax, batchKeptBytes } from './limits.ts';
import { Slots } from './slots.ts';

/** Names of calls with what is asked and what is answered. */
export type Calls<T> = { readonly [K in keyof T]: { readonly ask: unknown; readonly answer: unknown } };

/** How a side answers the calls of the other one. */
type Answers<T extends Calls<T>> = {
  readonly [K in keyof T]: (ask: T[K]['ask']) => T[K]['answer'] | Promise<T[K]['answer']>;
};

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly ask: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: string };

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Reads one entry, whose kind is given. */
type ReadEntry = (kind: number, reader: ByteReader) => void;

export interface BatchPortHandlers<In extends Calls<In>> {
  readonly entry: ReadEntry;
  /** All entries of a batch were read. */
  readonly batchEnd: () => void;
  readonly answers: Answers<In>;
}

export class BatchPort<Out extends Calls<Out>, In extends Calls<In>> {
  readonly #port: MessagePort | Worker;
  readonly #writer = new ByteWriter(batchKeptBytes);
  readonly #waiting = new Slots<Waiting>();
  #handlers: BatchPortHandlers<In> | undefined;
  #onFlush: () => void = () => {};
  #due = false;

  constructor(port: MessagePort | Worker) {
    this.#port = port;
  }

  /** Begins to take what comes. */
  listen(handlers: BatchPortHandlers<In>, onFlush: () => void = () => {}): void {
    this.#handlers = handlers;
    this.#onFlush = onFlush;
    this.#port.on('message', (message: ArrayBuffer | Message) => {
      if (message instanceof ArrayBuffer) this.#read(message);
      else this.#take(message);
    });
  }

  /** Where an entry is written; `written` follows. */
  get writer(): ByteWriter {
    return this.#writer;
  }

  /** T1. */
  written(): void {
    if (this.#writer.position >= batchBytesMax) this.flush();
    else if (!this.#due) {
      this.#due = true;
      setImmediate(() => {
        this.#due = false;
        this.flush();
      });
    }
  }

  /** T3. */
  flush(): void {
    const bytes = this.#writer.position;
    if (bytes === 0) return;
    const batch = new Uint8Array(bytes);
    batch.set(this.#writer.from(0));
    this.#writer.reset();
    this.#onFlush();
    this.#port.postMessage(batch.buffer, [batch.buffer]);
  }

  /** T4. Rejects when the other side threw; what crosses with it may be handed over. */
  call<K extends keyof Out & string>(
    name: K,
    ask: Out[K]['ask'],
    handOver: readonly Transferable[] = [],
  ): Promise<Out[K]['answer']> {
    return new Promise((resolve, reject) => {
      const id = this.#waiting.put({ resolve, reject });
      this.#send({ kind: 'call', id, name, ask }, handOver);
    });
  }

  /** T2. */
  #send(message: Message, handOver: readonly Transferable[] = []): void {
    this.flush();
    this.#port.postMessage(message, [...handOver]);
  }

  #read(batch: ArrayBuffer): void {
    const reader = new ByteReader(new Uint8Array(batch));
    const handlers = this.#handlers;
    if (handlers === undefined) return;
    while (reader.left > 0) handlers.entry(reader.u8(), reader);
    handlers.batchEnd();
  }

  #take(message: Message): void {
    switch (message.kind) {
      case 'call':
        void this.#answer(message.id, message.name, message.ask);
        return;
      case 'answer':
        this.#waiting.take(message.id).resolve(message.answer);
        return;
      case 'failed':
        this.#waiting.take(message.id).reject(new Error(message.error));
        return;
    }
  }

  async #answer(id: number, name: string, ask: unknown): Promise<void> {
    try {
      const answer = await this.#handlers?.answers[name as keyof In]?.(ask);
      this.#send({ kind: 'answer', id, answer });
    } catch (error) {
      this.#send({ kind: 'failed', id, error: error instanceof Error ? error.message : String(error) });
    }
  }
}

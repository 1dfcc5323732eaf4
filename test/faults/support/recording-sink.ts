/** A subscriber that writes down every delivery: when it began, when it was answered, and in which order all that happened. */
import type { ServerResponse } from 'node:http';
import { type Received, Sink } from '../../support/sink.ts';

export interface Delivery {
  readonly path: string;
  readonly id: string;
  /** Position of its begin among everything the sink saw. */
  readonly began: number;
  readonly beganMs: number;
  /** Position of its answer; absent while it is under way, and for ever when the caller went away first. */
  answered?: number;
}

export class RecordingSink {
  readonly deliveries: Delivery[] = [];
  /** `path id` of all that was answered. */
  readonly answered = new Set<string>();
  /** How long an answer takes: enough that there is always something in flight. */
  readonly #answerMs: number;
  readonly #sink = new Sink();
  readonly #open = new Set<Delivery>();
  #position = 0;

  constructor(answerMs: number) {
    this.#answerMs = answerMs;
    this.#sink.keep = false;
    this.#sink.answer = (received, response) => this.#record(received, response);
  }

  start(): Promise<string> {
    return this.#sink.start();
  }

  stop(): Promise<void> {
    return this.#sink.stop();
  }

  /** Deliveries under way at this moment. */
  get inFlight(): number {
    return this.#open.size;
  }

  #record({ path, id, atMs }: Received, response: ServerResponse): void {
    const delivery: Delivery = { path, id, began: this.#position++, beganMs: atMs };
    this.deliveries.push(delivery);
    this.#open.add(delivery);
    response.on('close', () => this.#open.delete(delivery));
    setTimeout(() => {
      if (response.destroyed) return;
      delivery.answered = this.#position++;
      this.answered.add(`${path} ${id}`);
      this.#open.delete(delivery);
      response.writeHead(204).end();
    }, this.#answerMs);
  }
}

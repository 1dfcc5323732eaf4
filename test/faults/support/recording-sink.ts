/** A subscriber that writes down every delivery: when it began, when it was answered, and in which order all that happened. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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
  readonly #open = new Set<Delivery>();
  #position = 0;
  #server: Server | undefined;

  constructor(answerMs: number) {
    this.#answerMs = answerMs;
  }

  async start(): Promise<string> {
    const server = createServer((request, response) => this.#take(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Deliveries under way at this moment. */
  get inFlight(): number {
    return this.#open.size;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    request.on('end', () => {
      const delivery: Delivery = {
        path: request.url ?? '',
        id: String(request.headers['ce-id'] ?? ''),
        began: this.#position++,
        beganMs: performance.now(),
      };
      this.deliveries.push(delivery);
      this.#open.add(delivery);
      response.on('close', () => this.#open.delete(delivery));
      setTimeout(() => {
        if (response.destroyed) return;
        delivery.answered = this.#position++;
        this.answered.add(`${delivery.path} ${delivery.id}`);
        this.#open.delete(delivery);
        response.writeHead(204).end();
      }, this.#answerMs);
    });
  }
}

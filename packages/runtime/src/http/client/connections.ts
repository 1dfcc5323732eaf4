/**
 * The connections to one origin: clients of undici that have one request at a time each, the one used last first.
 *
 * Not undici's own pool: for each call that looks for a connection that is free from the first one on, and puts calls that
 * find none into a queue whose parts keep each other alive. With some hundred calls under way it was a tenth of what
 * delivering an event costs. Here a call costs a push and a pop, and the connections in use are those that are warm.
 *
 * N1. A connection has one call at a time: it comes back when undici has let go of that call, however it ended.
 * N2. There are at most `limit` of them. One whose peer hung up connects anew when it is used.
 * N3. When they are closed, calls under way go on to their end.
 */
import type { Client } from 'undici';

export class Connections {
  readonly #open: () => Client;
  readonly #limit: number;
  readonly #all: Client[] = [];
  readonly #idle: Client[] = [];

  constructor(open: () => Client, limit: number) {
    this.#open = open;
    this.#limit = limit;
  }

  get hasRoom(): boolean {
    return this.#idle.length > 0 || this.#all.length < this.#limit;
  }

  /** Where there is room. */
  take(): Client {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const client = this.#open();
    this.#all.push(client);
    return client;
  }

  /** N1 */
  give(client: Client): void {
    this.#idle.push(client);
  }

  /** N3. Resolves when the last one is closed. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#all.map((client) => client.close()));
  }
}

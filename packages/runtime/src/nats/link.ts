/**
 * Whether there is a connection, and who waits for something that comes over it: when it is lost, nothing will come any more,
 * and waiting for a time-out would only lose time.
 */
import { answerOfError, unreachable } from './answers.ts';
import type { NatsAnswer } from './types.ts';

export class Link {
  readonly #waiting = new Set<(reason: string) => void>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #connected = true;

  get connected(): boolean {
    return this.#connected;
  }

  onChange(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Runs a call of the client. What it throws is an answer of the server, or the lack of one. */
  ask<T>(call: () => Promise<T>): Promise<NatsAnswer<T>> {
    return this.until(async () => {
      try {
        return { kind: 'ok' as const, value: await call() };
      } catch (error) {
        return answerOfError(error);
      }
    });
  }

  /** The same for a call that has an answer of its own. */
  async until<T>(call: () => Promise<NatsAnswer<T>>): Promise<NatsAnswer<T>> {
    if (!this.#connected) return unreachable('there is no connection to the server');
    const { promise: lost, resolve: cut } = Promise.withResolvers<string>();
    this.#waiting.add(cut);
    const first = await Promise.race([call(), lost]);
    this.#waiting.delete(cut);
    return typeof first === 'string' ? unreachable(first) : first;
  }

  lost(): void {
    if (!this.#connected) return;
    this.#connected = false;
    for (const cut of this.#waiting) cut('the connection was lost before the answer');
    this.#tell();
  }

  restored(): void {
    if (this.#connected) return;
    this.#connected = true;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener(this.#connected);
  }
}

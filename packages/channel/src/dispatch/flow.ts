/** Tells what happens to events to whoever listens. With no listener it costs one comparison: callers ask `active`. */
import type { FlowEvent } from './ports.ts';

export class FlowHub {
  readonly #listeners = new Set<(event: FlowEvent) => void>();
  readonly #onFirst: () => void;

  /** `onFirst` is called when the first listener comes. */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
  }

  get active(): boolean {
    return this.#listeners.size > 0;
  }

  /** Returns what ends it. The same function may listen twice. */
  listen(listener: (event: FlowEvent) => void): () => void {
    const entry = (event: FlowEvent) => listener(event);
    this.#listeners.add(entry);
    if (this.#listeners.size === 1) this.#onFirst();
    return () => void this.#listeners.delete(entry);
  }

  tell(event: FlowEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

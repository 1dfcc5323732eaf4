/**
 * Cancels many calls by few signals. A listener on an AbortSignal costs a walk over all listeners it has, so each signal
 * gets one listener, and its calls are kept in a list beside it.
 */
import { LinkedList } from './linked-list.ts';

export interface Cancellable {
  onCancel(): void;
}

export class Cancellation {
  readonly #groups = new WeakMap<AbortSignal, LinkedList<Cancellable>>();

  /** The group of a signal that is not aborted yet. The caller adds itself to it and takes itself out again. */
  groupOf(signal: AbortSignal): LinkedList<Cancellable> {
    let group = this.#groups.get(signal);
    if (group === undefined) {
      const members = new LinkedList<Cancellable>();
      group = members;
      this.#groups.set(signal, members);
      signal.addEventListener('abort', () => {
        for (let member = members.shift(); member !== undefined; member = members.shift()) member.onCancel();
      });
    }
    return group;
  }
}

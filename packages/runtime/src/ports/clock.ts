/** Time as a port: the system's clock in production, a virtual one in a simulated world. */

/** A pending call. `cancel` is idempotent and may be called after it fired. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. May jump; for stamps, never for measuring. */
  now(): number;
  /** Milliseconds from an arbitrary start that only grow, with fractions: for measuring and for schedules. */
  monotonic(): number;
  /** Calls `callback` once, not before `delayMs` has passed. Keeps the process alive only when `ref` is true. */
  setTimer(delayMs: number, callback: () => void, options?: { readonly ref?: boolean }): Timer;
}

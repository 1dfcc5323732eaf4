/** Progress of what takes more than two seconds: one line that is written over on a terminal, a line now and then elsewhere. */
import type { Clock } from '@millrace/runtime';
import type { OutStream } from './io.ts';

/** Nothing is shown before: short work should leave no trace. */
const quietMs = 2_000;
const terminalEveryMs = 100;
const linesEveryMs = 10_000;

export interface Progress<T> {
  update(state: T): void;
  /** Takes the line away, so that what follows starts on an empty one. */
  end(): void;
}

export function progressLine<T>(stream: OutStream, clock: Clock, text: (state: T) => string): Progress<T> {
  const startMs = clock.monotonic();
  let lastMs = startMs + quietMs - (stream.isTTY ? terminalEveryMs : 0);
  let shown = false;
  return {
    update(state) {
      const nowMs = clock.monotonic();
      if (nowMs - lastMs < (stream.isTTY ? terminalEveryMs : shown ? linesEveryMs : 0)) return;
      lastMs = nowMs;
      shown = true;
      if (stream.isTTY) stream.status(text(state));
      else stream.write(`${text(state)}\n`);
    },
    end() {
      if (shown && stream.isTTY) stream.status(undefined);
    },
  };
}

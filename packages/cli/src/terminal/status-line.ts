/**
 * One writer for lines and for the status below them: whatever is written goes above the status, which is drawn again.
 *
 * W1. The status is never longer than the terminal is wide: a wrapped one could not be taken away again.
 * W2. Text without a line end at its end is left alone: the status comes back with the next line end.
 */
import { cut } from './table.ts';

const takeAway = '\r\u001b[K';

export interface StatusLine {
  write(text: string): void;
  status(text: string | undefined): void;
}

export function statusLine(write: (text: string) => void, columns: () => number): StatusLine {
  let status: string | undefined;
  let drawn = false;
  let atLineStart = true;
  const drawing = () => {
    drawn = status !== undefined && atLineStart; // W2
    return drawn && status !== undefined ? cut(status, columns() - 1) : ''; // W1
  };
  return {
    write(text) {
      if (text === '') return;
      const clear = drawn ? takeAway : '';
      atLineStart = text.endsWith('\n');
      write(clear + text + drawing());
    },
    status(text) {
      if (text === status) return;
      const clear = drawn ? takeAway : '';
      status = text;
      const line = clear + drawing();
      if (line !== '') write(line);
    },
  };
}

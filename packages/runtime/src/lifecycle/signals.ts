/** Where the wish to end comes from, as a port: the process's signals, or a test. */

export interface Signals {
  /** Calls the listener for each signal. Returns what ends it. */
  onSignal(listener: (signal: string) => void): () => void;
}

const ENDING = ['SIGTERM', 'SIGINT'] as const;

/** SIGTERM (a supervisor, `millrace stop`) and SIGINT (Ctrl-C). */
export const processSignals: Signals = {
  onSignal(listener) {
    const forward = (signal: NodeJS.Signals): void => listener(signal);
    for (const signal of ENDING) process.on(signal, forward);
    return () => {
      for (const signal of ENDING) process.off(signal, forward);
    };
  },
};

/** Exit code of a process that a signal ended, by the shell's convention: 128 and the signal's number. */
export function exitCodeOf(signal: string): number {
  return signal === 'SIGINT' ? 130 : 143;
}

/** The life of a server in this process: signals begin its end, also while it still starts. */
import { createLifecycle, exitCodeOf, type Lifecycle, type Logger, processSignals } from '@millrace/runtime';
import type { CliContext } from '../context.ts';
import { exitCodes } from '../exit.ts';
import { askYesNo } from '../terminal/ask.ts';
import type { Io } from '../terminal/io.ts';
import type { LocalServer } from './local-server.ts';

/** Besides the drain: closing consumers, ports and stores, none of which waits for a subscriber. */
const closeMsMax = 15_000;

export interface ServerLifecycle extends Pick<Lifecycle, 'ending' | 'ended' | 'end'> {
  /** Starts the server; from then on the end waits for it, and ends it. */
  run(start: (ending: AbortSignal) => Promise<LocalServer>): Promise<LocalServer>;
}

export function serverLifecycle({ clock }: CliContext, drainMs: number, logger?: Logger): ServerLifecycle {
  const lifecycle = createLifecycle({
    clock,
    signals: processSignals,
    ...(logger ? { logger } : {}),
    drainLimitMs: drainMs + closeMsMax,
    endNow: (signal) => process.exit(exitCodeOf(signal)),
  });
  return {
    ending: lifecycle.ending,
    ended: lifecycle.ended,
    end: lifecycle.end,
    run(start) {
      const starting = start(lifecycle.ending);
      lifecycle.onDrain({ name: 'end', run: async () => (await starting).end(drainMs) });
      return starting;
    },
  };
}

/** Ends the process at once with one line, as if it had been killed: nothing acknowledged is lost, the next start goes on. */
export function endAtOnce(io: Io): (text: string) => void {
  return (text) => {
    io.err.write(`${io.err.colors.red('millrace:')} ${text}\n`);
    process.exit(exitCodes.failed);
  };
}

/** Asks whether to end the process that has the data directory; a no where nobody can be asked. */
export function takeOverQuestion(io: Io, ending: AbortSignal): (holder: string) => Promise<boolean> {
  return (holder) => askYesNo(io, `The data directory is in use by ${holder}. End it and take over?`, ending);
}

/** A question to the person at the terminal, where there is one. */
import type { Io } from './io.ts';

/** `yes` only for a clear yes: an empty line, anything else and no answer at all are a no. */
export async function askYesNo(io: Io, question: string, signal: AbortSignal): Promise<boolean> {
  if (!io.canAsk || signal.aborted) return false;
  const answer = await io.ask(`${io.err.colors.yellow('?')} ${question} ${io.err.colors.dim('[y/N]')} `, signal);
  // Without an answer the cursor still stands behind the question.
  if (answer === undefined) io.err.write('\n');
  return /^y(es)?$/i.test((answer ?? '').trim());
}

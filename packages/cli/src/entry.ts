/** The process's terminal, clock and randomness meet the command line. */
import { systemClock, systemRandom } from '@millrace/runtime';
import { runCli } from './program.ts';
import { type ColorFlag, endQuietlyOnClosedPipe, processIo } from './terminal/io.ts';

export async function main(): Promise<void> {
  endQuietlyOnClosedPipe();
  const argv = process.argv.slice(2);
  process.exitCode = await runCli(argv, { io: processIo(colorFlag(argv)), clock: systemClock, random: systemRandom });
}

/** Colour is needed before the command line is parsed, for the parser's own messages. */
function colorFlag(args: readonly string[]): ColorFlag {
  const joined = args.find((arg) => arg.startsWith('--color='))?.slice('--color='.length);
  const value = joined ?? (args.includes('--color') ? args[args.indexOf('--color') + 1] : undefined);
  return value === 'always' || value === 'never' ? value : 'auto';
}

/** What every command gets: the terminal and the ports. Tests give others. */
import type { Clock, Random } from '@millrace/runtime';
import type { Io } from './terminal/io.ts';

export interface CliContext {
  readonly io: Io;
  readonly clock: Clock;
  readonly random: Random;
}

/** The effects that every part of a server is given by whoever starts it; a test gives its own. */
import type { Clock, Logger, Random } from '@millrace/runtime';

export interface ServerPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Keeps logs within their retention, and lets go of logs whose brokers were deleted long ago. */
import type { Resource } from '@millrace/api';
import { type Dispatcher, defaultRetention, type LogStore } from '@millrace/channel';
import type { Clock, Logger, Timer } from '@millrace/runtime';

/** Often enough that a log is hardly ever over its limit, seldom enough to cost nothing. */
const trimEveryMs = 10_000;
/** The first look comes after the start is over. */
const firstMs = 2_000;

export interface LogKeepingOptions {
  readonly logs: LogStore;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Brokers that exist, whatever their state. */
  readonly brokers: () => Promise<readonly Resource[]>;
}

/**
 * Trims every log that is served. A log whose broker is gone is kept until its last event is older than the default
 * retention: deleting a broker by mistake is not the end of its events at once.
 * Returns what ends it.
 */
export function keepLogs(options: LogKeepingOptions): () => void {
  const { clock, logger } = options;
  let timer: Timer | undefined;
  let ended = false;
  const again = (delayMs: number) => {
    if (!ended) timer = clock.setTimer(delayMs, () => void round());
  };
  const round = async () => {
    try {
      await keepOnce(options);
    } catch (error) {
      logger.warn('logs could not be trimmed', { error: (error as Error).message });
    }
    again(trimEveryMs);
  };
  again(firstMs);
  return () => {
    ended = true;
    timer?.cancel();
  };
}

async function keepOnce({ logs, dispatcher, clock, logger, brokers }: LogKeepingOptions): Promise<void> {
  const known = new Set((await brokers()).map(({ metadata }) => metadata.uid));
  for (const name of await logs.list()) {
    const served = dispatcher.logFor(name);
    if (served) await served.trim();
    else if (!known.has(name) && (await isOld(logs, name, clock.now()))) {
      logger.info('the log of a deleted broker is removed: its events are older than the retention', { log: name });
      await dispatcher.removeLog(name);
    }
  }
}

async function isOld(logs: LogStore, name: string, nowMs: number): Promise<boolean> {
  const log = await logs.open(name, defaultRetention);
  for (const partition of log.partitions) {
    const { end } = log.range(partition);
    if ((await log.offsetAt(partition, nowMs - defaultRetention.ageMs)) < end) return false;
  }
  return true;
}

/**
 * Keeps logs within their retention, and lets go of logs whose brokers or channels were deleted long ago. Topics and streams
 * are not its own: they go when the control plane says so.
 */
import { type Dispatcher, defaultRetention, type EventLog, type LogStore } from '@millrace/channel';
import type { Clock, Logger, Timer } from '@millrace/runtime';
import type { Logs } from './logs.ts';

/** Often enough that a log is hardly ever over its limit, seldom enough to cost nothing. */
const trimEveryMs = 10_000;
/** The first look comes after the start is over. */
const firstMs = 2_000;

export interface LogKeepingOptions {
  readonly logs: Logs;
  readonly dispatcher: Dispatcher;
  /** Logs that are served, wherever they live. */
  readonly served: () => readonly EventLog[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** UIDs of the objects that exist, whatever their kind and state. */
  readonly known: () => Promise<ReadonlySet<string>>;
}

/**
 * Trims every log that is served. A log whose object is gone is kept until its last event is older than the default
 * retention: deleting a broker by mistake is not the end of its events at once. One in memory goes with its object.
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

async function keepOnce({ logs, dispatcher, served, clock, logger, known }: LogKeepingOptions): Promise<void> {
  for (const log of served()) await log.trim();
  const uids = await known();
  const inMemory = await logs.listMemory();
  for (const name of await logs.list()) {
    if (uids.has(name) || dispatcher.logFor(name)) continue;
    if (!inMemory.has(name) && !(await isOld(logs, name, clock.now()))) continue;
    logger.info('the log of a deleted object is removed', { log: name });
    await dispatcher.removeLog(name);
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

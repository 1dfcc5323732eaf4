/** Reads the record of a delivery whose bytes are not in memory: after a restart, or because it gave them up. */
import type { LogRecord, Offset, ReadOutcome } from '../log/log.ts';
import { Held } from './budget.ts';
import type { Cursor } from './cursor.ts';
import type { Flight } from './flight.ts';
import { troubleDelayMs } from './limits.ts';

/** A record that was asked for is always given, however large. */
const oneRecord = { records: 1, bytes: 1 };

type OneRecord =
  | { readonly kind: 'record'; readonly record: LogRecord }
  | { readonly kind: 'trouble'; readonly reason: string };

/** The record at an offset that the cursor has not settled, so that the log must still have it (log invariant L5). */
export async function readOne(cursor: Cursor, offset: Offset): Promise<OneRecord> {
  let outcome: ReadOutcome;
  try {
    outcome = await cursor.reader.log.read(cursor.partition, offset, oneRecord);
  } catch (error) {
    cursor.subscription.engine.ports.logger.error('reading the log threw', { error });
    outcome = { kind: 'failed', reason: String(error) };
  }
  if (outcome.kind === 'failed') return { kind: 'trouble', reason: `the log cannot be read: ${outcome.reason}` };
  const record = outcome.kind === 'records' ? outcome.records[0] : undefined;
  if (record?.offset === offset) return { kind: 'record', record };
  return { kind: 'trouble', reason: `1 event is gone: the log no longer has offset ${offset}, which is not settled` };
}

/**
 * Gives the flight its bytes back. True: it is the first to go, when its subscription finds room for it if there is none
 * now. False: it waits after trouble, or was closed. The rate limit counts from the next step on, so that slow reads do
 * not bunch attempts.
 */
export async function load(flight: Flight): Promise<boolean> {
  const { cursor } = flight;
  const { subscription } = cursor;
  const outcome = await readOne(cursor, flight.offset);
  if (flight.phase !== 'running') return false;
  if (outcome.kind === 'trouble') {
    subscription.troubled(flight, outcome.reason, troubleDelayMs(++flight.troubles));
    return false;
  }
  const held = new Held(outcome.record);
  if (!subscription.admit(held)) {
    subscription.lackRoom();
    return true;
  }
  flight.hold(held);
  flight.troubles = 0;
  subscription.fine(flight);
  return true;
}

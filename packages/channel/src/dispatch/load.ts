/** Reads the record of a delivery whose bytes are not in memory: after a restart, or because it gave them up. */
import type { LogRecord, Offset, ReadLimit, ReadOutcome } from '../log/log.ts';
import type { Cursor } from './cursor.ts';
import type { Flight } from './flight.ts';
import { troubleDelayMs } from './limits.ts';

/** A record that was asked for is always given, however large. */
const oneRecord = { records: 1, bytes: 1 };
/** Of those that are read one after the other: enough to share a way to a server, little enough for a thousand cursors at once. */
const someRecords = { records: 64, bytes: 65_536 };

type Trouble = { readonly kind: 'trouble'; readonly reason: string };
type OneRecord = { readonly kind: 'record'; readonly record: LogRecord } | Trouble;
type Records = { readonly kind: 'records'; readonly records: readonly LogRecord[] } | Trouble;

/** The record at an offset that the cursor has not settled, so that the log must still have it (log invariant L5). */
async function readOne(cursor: Cursor, offset: Offset): Promise<OneRecord> {
  const outcome = await readFrom(cursor, offset, oneRecord);
  return outcome.kind === 'records' ? { kind: 'record', record: outcome.records[0] as LogRecord } : outcome;
}

/** The same for offsets that are asked for in order: what is read with one of them is there for those that follow. */
export function readerInOrder(cursor: Cursor): (offset: Offset) => Promise<OneRecord> {
  let read: readonly LogRecord[] = [];
  return async (offset) => {
    let record = read.find((one) => one.offset === offset);
    if (record === undefined) {
      const outcome = await readFrom(cursor, offset, someRecords);
      if (outcome.kind === 'trouble') return outcome;
      read = outcome.records;
      record = read[0] as LogRecord;
    }
    return { kind: 'record', record };
  };
}

/** At least the record at `offset`. */
async function readFrom(cursor: Cursor, offset: Offset, limit: ReadLimit): Promise<Records> {
  let outcome: ReadOutcome;
  try {
    outcome = await cursor.reader.log.read(cursor.partition, offset, limit);
  } catch (error) {
    cursor.subscription.engine.ports.logger.error('reading the log threw', { error });
    outcome = { kind: 'failed', reason: String(error) };
  }
  if (outcome.kind === 'failed') return { kind: 'trouble', reason: `the log cannot be read: ${outcome.reason}` };
  const records = outcome.kind === 'records' ? outcome.records : [];
  if (records[0]?.offset === offset) return { kind: 'records', records };
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
  const held = cursor.reader.held.of(outcome.record);
  if (!subscription.admit(held)) {
    subscription.lackRoom();
    return true;
  }
  flight.hold(held);
  flight.troubles = 0;
  subscription.fine(flight);
  return true;
}

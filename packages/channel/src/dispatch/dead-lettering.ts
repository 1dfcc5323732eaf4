/**
 * The last resort of a delivery: the durable dead-letter store.
 *
 * An event that the store does not take stays unsettled, its trigger says `stalled` with the reason, and it is tried
 * again with back-off for as long as it takes: it is never dropped (design section 4, rule 3).
 */
import type { NewDeadLetter, PutOutcome } from '../dead-letter/dead-letter.ts';
import type { Flight, Stage } from './flight.ts';
import type { Held } from './held.ts';
import { troubleDelayMs } from './limits.ts';
import { eventFor, firstBytes } from './outgoing.ts';

type StoreStage = Stage & { readonly kind: 'store' };

/** Puts the event into the store: settles it, or lets it wait for another try. */
export async function keepLetter(flight: Flight, stage: StoreStage, held: Held): Promise<void> {
  const { subscription } = flight.cursor;
  const { deadLetters, logger } = subscription.engine.ports;
  let outcome: PutOutcome;
  try {
    outcome = await deadLetters.put(letterOf(flight, stage, held));
  } catch (error) {
    logger.error('the dead-letter store threw', { error });
    outcome = { kind: 'failed', reason: String(error) };
  }
  if (flight.phase !== 'running') return;
  if (outcome.kind === 'kept') {
    const { error } = stage.failure;
    subscription.settle(flight, held, {
      kind: 'dead-lettered',
      attempts: flight.allAttempts,
      to: 'store',
      error,
    });
    return;
  }
  const reason = `the dead-letter store ${outcome.kind === 'full' ? 'is full' : 'failed'}: ${outcome.reason}`;
  subscription.troubled(flight, reason, troubleDelayMs(++flight.troubles));
}

function letterOf(flight: Flight, stage: StoreStage, held: Held): NewDeadLetter {
  const { route, log, engine } = flight.cursor.subscription;
  const { failure } = stage;
  return {
    subscription: { uid: route.uid, namespace: route.namespace, name: route.name, revision: route.revision },
    log: { uid: log.uid, namespace: log.namespace, name: log.name },
    partition: flight.cursor.partition,
    offset: flight.offset,
    event: eventFor(log, route, held),
    headers: held.record.headers,
    reason: stage.reason,
    destination: failure.destination,
    lastError: failure.error,
    ...(failure.statusCode === undefined ? {} : { statusCode: failure.statusCode }),
    ...(failure.body === undefined || failure.body.byteLength === 0
      ? {}
      : { responseBody: new Uint8Array(firstBytes(failure.body)) }),
    attempts: flight.allAttempts,
    firstFailureMs: flight.firstFailureMs,
    lastFailureMs: engine.ports.clock.now(),
  };
}

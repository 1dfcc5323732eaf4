/**
 * The state machine of a delivery: attempts at the subscriber, its reply, retries, the dead letter sink, the store.
 *
 *   subscriber ── accepted, reply stored or taken ─────> delivered
 *      │ ^ retry by policy (also when the reply was refused for now)
 *      └─┴─ given up ──> sink ── accepted ─────────────> dead-lettered (sink)
 *              │           └─┴─ given up ─┐
 *              └─ no sink ────────────────┴──> store ──> dead-lettered (store); full: tried again, never dropped
 *
 * Y1. Every path ends in `settle` or leaves the flight unsettled with a next try; nothing else ends a delivery.
 * Y2. The route is read at each attempt, so that a changed subscriber, sink or policy counts from the next attempt on.
 *
 * Source: design section 7; reference 4.2, 4.3.
 */
import { type CloudEvent, classifyStatus, type SubscriptionRoute, type Target, waitBeforeRetryMs } from '@millrace/api';
import type { AttemptOutcome } from '../delivery/delivery.ts';
import type { PassHeaders } from '../log/log.ts';
import { keepLetter } from './dead-lettering.ts';
import type { Flight, Stage } from './flight.ts';
import type { Held } from './held.ts';
import { load } from './load.ts';
import { deadLetterEvent, eventFor, type Failure, formatOf, replyWithTtl } from './outgoing.ts';
import type { Terminal } from './ports.ts';

/** What an attempt came to. */
type Verdict =
  | { readonly kind: 'accepted'; readonly replied: boolean }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly retryable: boolean;
      readonly hint?: { readonly status: number; readonly retryAfter: string | undefined };
    }
  | { readonly kind: 'cancelled' };

/** A delivery that came back cancelled although nothing stops: tried again after this, not counted. */
const CANCELLED_DELAY_MS = 100;

/** Goes on with a delivery that has been given a slot, until it is settled, waits, or is handed back. Never rejects. */
export async function fly(flight: Flight): Promise<void> {
  const { subscription } = flight.cursor;
  const { held } = flight;
  if (!held) {
    if (await load(flight)) subscription.goFirst(flight);
    return subscription.landed(flight);
  }
  while (flight.phase === 'running' && !subscription.engine.stopping) {
    if (flight.stage.kind === 'store') {
      await keepLetter(flight, flight.stage, held);
      break;
    }
    const target = flight.stage.kind === 'sink' ? subscription.route.deadLetterSink : subscription.route.subscriber;
    if (!target) {
      if (flight.stage.kind === 'subscriber')
        subscription.makeReady(flight); // Taken away just now: the event waits.
      else flight.stage = { kind: 'store', failure: flight.stage.failure, reason: 'no-dead-letter-sink' };
      continue;
    }
    const { stage } = flight;
    let outcome: AttemptOutcome;
    try {
      outcome = await attempt(flight, held, stage, target);
    } catch (error) {
      outcome = thrown(flight, error);
    }
    if (stage.kind === 'subscriber') subscription.pressure.note(outcome);
    const reply = stage.kind === 'subscriber' ? replyOf(outcome, subscription.route) : undefined;
    if (!reply) conclude(flight, held, judge(outcome, target));
    else
      conclude(
        flight,
        held,
        reply.logUid === undefined ? await postReply(flight, reply) : await storeReply(flight, held, reply),
      );
  }
  subscription.landed(flight);
}

/** Not async itself: one step less through the queue of promises for each event. May throw or reject, which is a bug. */
function attempt(flight: Flight, held: Held, stage: Stage, target: Target): Promise<AttemptOutcome> {
  const { subscription } = flight.cursor;
  const { route, engine } = subscription;
  if (flight.attempts > 0) subscription.retried();
  flight.attempts++;
  flight.allAttempts++;
  const leaving = eventFor(subscription.log, route, held);
  const event = stage.kind === 'subscriber' ? leaving : deadLetterEvent(leaving, stage.failure);
  return engine.ports.deliverer.attempt(
    {
      target,
      event,
      headers: held.record.headers,
      namespace: route.namespace,
      wantsReply: stage.kind === 'subscriber',
      ignoresAnswer: stage.kind !== 'subscriber' || !takesReplies(route),
      format: formatOf(held.record.event, route.delivery),
      timeoutMs: route.delivery.timeoutMs,
      memo: held.refs > 1 ? held : undefined,
    },
    flight.cursor.signal,
  );
}

function thrown(flight: Flight, error: unknown): AttemptOutcome {
  const { route, engine } = flight.cursor.subscription;
  engine.ports.logger.error('the deliverer threw', { error, subscription: route.uid, offset: flight.offset });
  return { kind: 'no-answer', why: 'bad-target', error: String(error), latencyMs: 0 };
}

/** A Trigger's subscriber is held to what it may answer; of others only where there is somebody to get the reply. */
function takesReplies({ kind, replyLogUid, reply }: SubscriptionRoute): boolean {
  return kind === 'Trigger' || replyLogUid !== undefined || reply !== undefined;
}

interface Reply {
  /** The log that is to have it; without one it is posted to `target`. */
  readonly logUid: string | undefined;
  readonly target: Target | undefined;
  readonly event: CloudEvent;
  readonly headers: PassHeaders;
}

/** The reply that came with an outcome, when somebody is to have it: else it is dropped, as the reference does (5.2). */
function replyOf(outcome: AttemptOutcome, { replyLogUid, reply }: SubscriptionRoute): Reply | undefined {
  if (outcome.kind !== 'accepted' || !outcome.reply) return undefined;
  if (!replyLogUid && !reply) return undefined;
  return { logUid: replyLogUid, target: reply, event: outcome.reply, headers: outcome.replyHeaders ?? [] };
}

function judge(outcome: AttemptOutcome, target: Target): Verdict {
  const destination = target.url;
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'accepted', replied: false };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'no-answer':
      return { kind: 'failed', failure: { destination, error: outcome.error }, retryable: true };
    case 'refused': {
      const { statusCode, body, retryAfter, extensions } = outcome;
      const error = outcome.note ?? `HTTP ${statusCode}`;
      const retryable = classifyStatus(statusCode) !== 'fail';
      return {
        kind: 'failed',
        failure: { destination, error, statusCode, body, ...(extensions && { extensions }) },
        retryable,
        hint: { status: statusCode, retryAfter },
      };
    }
  }
}

/** A reply that nobody takes makes the delivery fail, as one that cannot be stored does; its own answer is ignored. */
async function postReply(flight: Flight, { target, event, headers }: Reply): Promise<Verdict> {
  const { route, engine } = flight.cursor.subscription;
  if (!target) throw new Error('a reply without a destination');
  let outcome: AttemptOutcome;
  try {
    const { namespace, delivery } = route;
    const to = { target, event, headers, namespace, wantsReply: false, ignoresAnswer: true };
    const how = { format: formatOf(event, delivery), timeoutMs: delivery.timeoutMs };
    outcome = await engine.ports.deliverer.attempt({ ...to, ...how }, flight.cursor.signal);
  } catch (error) {
    outcome = thrown(flight, error);
  }
  const verdict = judge(outcome, target);
  if (verdict.kind === 'accepted') return { kind: 'accepted', replied: true };
  if (verdict.kind === 'cancelled') return verdict;
  return { ...verdict, failure: { ...verdict.failure, error: `the reply was not taken: ${verdict.failure.error}` } };
}

/** A reply that cannot be stored makes the delivery fail: the whole of it is retried (design section 7). */
async function storeReply(flight: Flight, held: Held, { logUid = '', event, headers }: Reply): Promise<Verdict> {
  const { engine, log } = flight.cursor.subscription;
  const destination = engine.replyDestination(logUid);
  try {
    const outcome = await engine.ports.storeReply({
      logUid,
      event: log.kind === 'Broker' ? replyWithTtl(event, held.record.event) : event,
      headers,
    });
    if (outcome.kind === 'stored') return { kind: 'accepted', replied: true };
    const error = `the reply was refused: ${outcome.reason}`;
    const failure = { destination, error, statusCode: outcome.statusCode, body: Buffer.from(outcome.reason) };
    return { kind: 'failed', failure, retryable: outcome.retryable };
  } catch (error) {
    engine.ports.logger.error('storing a reply threw', { error, log: logUid });
    return {
      kind: 'failed',
      failure: { destination, error: `the reply was not stored: ${String(error)}` },
      retryable: true,
    };
  }
}

/** Decides what follows an attempt. */
function conclude(flight: Flight, held: Held, verdict: Verdict): void {
  const { subscription } = flight.cursor;
  if (flight.phase !== 'running') return; // Closed while it was under way.
  switch (verdict.kind) {
    case 'accepted':
      settle(flight, held, verdict.replied);
      return;
    case 'cancelled':
      flight.attempts--;
      flight.allAttempts--;
      subscription.wait(flight, CANCELLED_DELAY_MS);
      return;
    case 'failed':
      failed(flight, held, verdict);
      return;
  }
}

function settle(flight: Flight, held: Held, replied: boolean): void {
  const { subscription } = flight.cursor;
  if (flight.stage.kind === 'subscriber') {
    const latencyMs = Math.max(0, subscription.engine.ports.clock.now() - held.record.timeMs);
    subscription.settle(flight, held, { kind: 'delivered', attempts: flight.allAttempts, latencyMs, replied });
    return;
  }
  const error = flight.stage.failure.error;
  const terminal: Terminal = { kind: 'dead-lettered', attempts: flight.allAttempts, to: 'sink', error };
  subscription.settle(flight, held, terminal);
}

function failed(flight: Flight, held: Held, verdict: Verdict & { readonly kind: 'failed' }): void {
  const { subscription } = flight.cursor;
  const { engine, route } = subscription;
  const nowMs = engine.ports.clock.now();
  if (flight.firstFailureMs === 0) flight.firstFailureMs = nowMs;
  const { failure } = verdict;
  if (verdict.retryable && flight.attempts <= route.delivery.retryMax) {
    const random = engine.ports.random.next();
    const delayMs = waitBeforeRetryMs(route.delivery, flight.attempts, random, nowMs, verdict.hint);
    tellFailed(flight, held, failure.error, delayMs);
    subscription.wait(flight, delayMs);
    return;
  }
  tellFailed(flight, held, failure.error, undefined);
  if (flight.stage.kind === 'subscriber') {
    flight.stage = route.deadLetterSink
      ? { kind: 'sink', failure }
      : { kind: 'store', failure, reason: 'no-dead-letter-sink' };
  } else {
    flight.stage = { kind: 'store', failure, reason: 'dead-letter-sink-failed' };
  }
  flight.attempts = 0;
}

function tellFailed(flight: Flight, { record }: Held, error: string, retryInMs: number | undefined): void {
  const { engine, log, route } = flight.cursor.subscription;
  if (!engine.flow.active) return;
  engine.flow.tell({
    kind: 'attempt-failed',
    logUid: log.uid,
    subscription: route.uid,
    record,
    attempt: flight.allAttempts,
    error,
    ...(retryInMs === undefined ? {} : { retryInMs }),
  });
}

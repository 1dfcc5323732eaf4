/** In-flight limit, rate, order by key, and the latency of the healthy trigger. */
import type { SubscriptionRoute } from '@millrace/api';
import type { AppendedEvent, History, SeenAttempt, TriggerHistory } from '../history.ts';

export function neverMoreInFlight(history: History): string[] {
  const wrong: string[] = [];
  const open = new Map<string, SeenAttempt[]>();
  for (const attempt of history.attempts) {
    const key = `${attempt.trigger}/${attempt.life}`;
    const running = (open.get(key) ?? []).filter(({ endSeq }) => endSeq === undefined || endSeq > attempt.startSeq);
    running.push(attempt);
    open.set(key, running);
    const limit = Math.max(
      0,
      ...inEffect(history.triggers.get(attempt.trigger), attempt).map((route) => route.maxInFlight),
    );
    // What began under a higher limit may still run, on to its sink; then nothing new begins at all.
    if (attempt.to === 'subscriber' && running.length > limit)
      wrong.push(`${running.length} in flight at #${attempt.startSeq} for ${key}, ${limit} allowed`);
  }
  return wrong;
}

/** At most rate·t + burst in any span, for triggers whose rate was the same during a whole life. */
export function neverFaster(history: History): string[] {
  const wrong: string[] = [];
  for (const [key, attempts] of byTriggerAndLife(history, 'subscriber')) {
    const rate = constant(history, attempts[0]!, (route) => route.ratePerSecond);
    if (rate === undefined) continue;
    const burst = Math.max(1, Math.floor(rate / 50));
    for (let from = 0; from < attempts.length; from++) {
      for (let to = from + 1; to < attempts.length; to++) {
        const seconds = (attempts[to]!.startMs - attempts[from]!.startMs) / 1_000;
        if (to - from + 1 > rate * seconds + burst + 1e-6) {
          wrong.push(`${key}: ${to - from + 1} attempts in ${seconds} s at ${rate}/s`);
          from = attempts.length;
          break;
        }
      }
    }
  }
  return wrong;
}

/** Ordered triggers: within a life, an event of a key is sent only when the earlier ones of the key are settled. */
export function inOrderByKey(history: History): string[] {
  const events = new Map(history.events.map((event) => [event.id, event]));
  const settledAt = new Map<string, number>();
  for (const { trigger, eventId, life, seq } of history.terminals) settledAt.set(`${trigger}/${eventId}/${life}`, seq);
  const wrong: string[] = [];
  for (const [key, attempts] of byTriggerAndLife(history)) {
    if (constant(history, attempts[0]!, (route) => route.order) !== 'ordered') continue;
    const latest = new Map<string, AppendedEvent>();
    for (const attempt of attempts) {
      const event = events.get(attempt.eventId);
      if (event?.offset === undefined) continue;
      const lane = `${event.partition}/${event.key}`;
      const before = latest.get(lane);
      latest.set(lane, event);
      if (!before || before === event) continue;
      if ((before.offset ?? 0) > event.offset)
        wrong.push(`${key}: ${event.id} after ${before.id}, which is later in the log`);
      const settled = settledAt.get(`${attempt.trigger}/${before.id}/${attempt.life}`);
      if (settled === undefined || settled > attempt.startSeq)
        wrong.push(`${key}: ${event.id} was sent before ${before.id} was settled`);
    }
  }
  return wrong;
}

/** What others suffer does not delay the healthy trigger: without faults of the log, in virtual time. */
export function healthyIsNotDelayed(history: History, uid: string, limitMs: number): string[] {
  if (!history.faultless || !history.roomy) return [];
  const first = new Map<string, SeenAttempt>();
  for (const attempt of history.attempts) {
    if (attempt.trigger === uid && !first.has(attempt.eventId)) first.set(attempt.eventId, attempt);
  }
  const wrong: string[] = [];
  for (const event of history.events) {
    const attempt = first.get(event.id);
    if (event.ackSeq === undefined || event.ackMs === undefined || !attempt) continue;
    const { ackSeq } = event;
    const ended = history.ends.some(({ seq }) => seq > event.startSeq && seq < attempt.startSeq);
    if (ended || ackSeq > attempt.startSeq) continue;
    const waitedMs = attempt.startMs - event.ackMs;
    if (waitedMs > limitMs) wrong.push(`the healthy trigger waited ${waitedMs} ms for ${event.id}`);
  }
  return wrong;
}

function byTriggerAndLife(history: History, to?: 'subscriber'): Map<string, SeenAttempt[]> {
  const attempts = history.attempts.filter((attempt) => to === undefined || attempt.to === to);
  return Map.groupBy(attempts, ({ trigger, life }) => `${trigger} in life ${life}`);
}

/** The value all routes of the attempt's life had, or undefined. */
function constant<T>(
  history: History,
  { trigger, life }: SeenAttempt,
  read: (route: SubscriptionRoute) => T,
): T | undefined {
  const values = new Set(
    history.triggers
      .get(trigger)
      ?.versions.filter((v) => v.life === life)
      .map(({ route }) => read(route)),
  );
  return values.size === 1 ? [...values][0] : undefined;
}

/** The routes that may have been in effect when an attempt began, or that attempts before it may have begun under. */
function inEffect(trigger: TriggerHistory | undefined, attempt: SeenAttempt): SubscriptionRoute[] {
  const versions =
    trigger?.versions.filter(({ life, fromSeq }) => life === attempt.life && fromSeq < attempt.startSeq) ?? [];
  const lastSure = versions.findLastIndex(({ sureSeq }) => sureSeq !== undefined && sureSeq < attempt.startSeq);
  return versions.slice(Math.max(0, lastSure)).map(({ route }) => route);
}

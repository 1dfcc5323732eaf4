/** One terminal outcome per delivery and life, and no more repeats after a crash than were in flight. */
import type { History, SeenAttempt, TriggerHistory } from '../history.ts';

export function oneTerminalPerLife(history: History): string[] {
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const { trigger, eventId, life } of history.terminals) {
    const key = `${trigger}/${eventId} in life ${life}`;
    if (seen.has(key)) wrong.push(`two outcomes: ${key}`);
    seen.add(key);
  }
  const attempts = new Set(
    history.attempts.filter(({ result }) => result === 'taken').map((a) => `${a.trigger}/${a.eventId}/${a.life}`),
  );
  for (const { trigger, eventId, life, kind } of history.terminals) {
    if (kind === 'delivered' && !attempts.has(`${trigger}/${eventId}/${life}`)) {
      wrong.push(`said to be delivered, and was not: ${trigger}/${eventId} in life ${life}`);
    }
  }
  return wrong;
}

/** What was taken is not sent again by the same process. */
export function noRepeatsWithinALife(history: History): string[] {
  const taken = new Map<string, number>();
  const wrong: string[] = [];
  for (const attempt of history.attempts) {
    const key = `${attempt.trigger}/${attempt.eventId}/${attempt.life}`;
    const endSeq = taken.get(key);
    if (endSeq !== undefined && attempt.startSeq > endSeq) wrong.push(`sent again in the same life: ${key}`);
    if (attempt.result === 'taken') taken.set(key, attempt.endSeq ?? attempt.startSeq);
  }
  return wrong;
}

/** Duplicates after the end of a life: what had been taken, or was under way, and came again; per trigger ≤ maxInFlight. */
export function fewRepeatsAfterACrash(history: History): string[] {
  const last = new Map<string, SeenAttempt>();
  const repeats = new Map<string, number>();
  for (const attempt of history.attempts) {
    const key = `${attempt.trigger}/${attempt.eventId}`;
    const before = last.get(key);
    last.set(key, attempt);
    if (!before || before.life === attempt.life) continue;
    if (before.result !== 'taken' && before.result !== 'open' && before.result !== 'cancelled') continue;
    const end = `${attempt.trigger} after life ${before.life}`;
    repeats.set(end, (repeats.get(end) ?? 0) + 1);
  }
  const wrong: string[] = [];
  for (const [end, count] of repeats) {
    const [uid = '', life] = end.split(' after life ');
    const allowed = mostInFlight(history.triggers.get(uid), Number(life));
    if (count > allowed) wrong.push(`${count} repeats for ${end}, ${allowed} were allowed in flight`);
  }
  return wrong;
}

function mostInFlight(trigger: TriggerHistory | undefined, life: number): number {
  const inLife = trigger?.versions.filter((version) => version.life === life) ?? [];
  return Math.max(0, ...inLife.map(({ route }) => route.maxInFlight));
}

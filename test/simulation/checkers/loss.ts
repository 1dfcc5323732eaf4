/** No acknowledged event is lost for any trigger that wants it, and no trigger gets one it does not want. */
import { type AppendedEvent, type History, type TriggerHistory, wants } from '../history.ts';

/** Every event that must have come to the trigger was taken by its subscriber, by its sink, or is in the store. */
export function nothingIsLost(history: History): string[] {
  const found = new Set<string>();
  for (const { trigger, eventId, result } of history.attempts)
    if (result === 'taken') found.add(`${trigger}/${eventId}`);
  for (const { trigger, eventId } of history.letters) found.add(`${trigger}/${eventId}`);
  const lost: string[] = [];
  for (const trigger of history.triggers.values()) {
    for (const event of history.events) {
      if (mustCome(trigger, event) && !found.has(`${trigger.uid}/${event.id}`)) {
        lost.push(`lost: ${event.id} at ${event.partition}/${event.offset} for ${trigger.uid}`);
      }
    }
  }
  return lost;
}

/** Nothing was delivered or kept that was not sent, or to a trigger that did not ask for it. */
export function nothingIsUnexpected(history: History): string[] {
  const events = new Map(history.events.map((event) => [event.id, event]));
  const wrong: string[] = [];
  const judge = (uid: string, eventId: string, seq: number, what: string) => {
    const event = events.get(eventId);
    const trigger = history.triggers.get(uid);
    if (!event) wrong.push(`${what}: ${eventId} was never sent`);
    else if (!trigger) wrong.push(`${what}: trigger ${uid} never was`);
    else if (!mayCome(trigger, event, seq)) wrong.push(`${what}: ${eventId} (${event.type}) is not for ${uid}`);
  };
  for (const { trigger, eventId, startSeq } of history.attempts) judge(trigger, eventId, startSeq, 'delivered');
  for (const { trigger, eventId } of history.letters) judge(trigger, eventId, Number.MAX_SAFE_INTEGER, 'kept');
  return wrong;
}

function mustCome(trigger: TriggerHistory, event: AppendedEvent): boolean {
  if (event.ackSeq === undefined || trigger.sureSeq === undefined || trigger.deletedSeq !== undefined) return false;
  const latest = trigger.versions[0]?.route.start.kind === 'latest';
  if (latest && event.startSeq < trigger.sureSeq) return false;
  return versionsFrom(trigger, event.startSeq, Number.MAX_SAFE_INTEGER).every(({ route }) => wants(route, event.type));
}

function mayCome(trigger: TriggerHistory, event: AppendedEvent, seq: number): boolean {
  const latest = trigger.versions[0]?.route.start.kind === 'latest';
  if (latest && event.ackSeq !== undefined && event.ackSeq < trigger.firstSeq) return false;
  if (trigger.goneSeq !== undefined && seq > trigger.goneSeq && seq !== Number.MAX_SAFE_INTEGER) return false;
  return versionsFrom(trigger, event.startSeq, seq).some(({ route }) => wants(route, event.type));
}

/** The routes that may have been in effect at some time between two moments. */
function versionsFrom(trigger: TriggerHistory, fromSeq: number, toSeq: number) {
  return trigger.versions.filter((version, index) => {
    if (version.fromSeq > toSeq) return false;
    const replaced = trigger.versions
      .slice(index + 1)
      .some((later) => later.sureSeq !== undefined && later.sureSeq <= fromSeq);
    return !replaced;
  });
}

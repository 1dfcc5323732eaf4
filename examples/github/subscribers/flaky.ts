/** Fails twice for every event, then takes it. */
import { failed, serve, taken } from './subscriber.ts';

const failuresPerEvent = 2;

/** Events in trouble at once, at most: the oldest is forgotten first, and would then fail twice again. */
const rememberedMax = 10_000;

const failures = new Map<string, number>();

serve('flaky', ({ trigger, id }) => {
  const event = `${trigger} ${id}`;
  const before = failures.get(event) ?? 0;
  if (before >= failuresPerEvent) {
    failures.delete(event);
    return taken;
  }
  failures.set(event, before + 1);
  if (failures.size > rememberedMax) failures.delete(failures.keys().next().value ?? '');
  return failed(`failure ${before + 1} of ${failuresPerEvent}`);
});

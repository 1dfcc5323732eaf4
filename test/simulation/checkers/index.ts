/** All checkers: each knows only what was appended, what was asked for, and what reached the outside. */
import type { History } from '../history.ts';
import { healthyIsNotDelayed, inOrderByKey, neverFaster, neverMoreInFlight } from './flow.ts';
import { nothingIsLost, nothingIsUnexpected } from './loss.ts';
import { fewRepeatsAfterACrash, noRepeatsWithinALife, oneTerminalPerLife } from './once.ts';

/** A whole burst through the smallest window, read by read, at the slowest the log may be. */
const HEALTHY_LIMIT_MS = 1_000;

export function check(history: History, healthy: string): string[] {
  return [
    ...history.violations,
    ...nothingIsLost(history),
    ...nothingIsUnexpected(history),
    ...oneTerminalPerLife(history),
    ...noRepeatsWithinALife(history),
    ...fewRepeatsAfterACrash(history),
    ...neverMoreInFlight(history),
    ...neverFaster(history),
    ...inOrderByKey(history),
    ...healthyIsNotDelayed(history, healthy, HEALTHY_LIMIT_MS),
  ];
}

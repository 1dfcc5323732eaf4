/**
 * Keeps `process.nextTick` fast. What it queues is an object with computed keys, and V8 makes such an object quickly only while
 * the shape that it saw first is alive. A collection while no tick is queued (there is one after the start) takes the shape away;
 * the one made after it is another one, and from then on each tick of the process takes the slow way: 3 µs of an event's 55.
 *
 * One tick that is kept for as long as the process lives keeps the shape.
 */
import { executionAsyncResource } from 'node:async_hooks';

let kept: object | undefined;

/** Takes effect within this turn of the event loop. It may be called again. */
export function keepTickShape(): void {
  if (kept !== undefined) return;
  process.nextTick(() => {
    // Within a tick this is the object that was queued for it.
    kept = executionAsyncResource();
  });
}

/** Waiting for what a process says or does, with a limit; never sleeping for luck. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import type { Server } from '../../support/millrace.ts';

// What a warm machine has: every command of these tests is a process of its own.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'millrace-test-compile-cache');

/** A loaded machine gets more than the second that is promised; how long it took is given back. */
const limitMs = 15_000;

export const until = <T>(
  what: string,
  probe: () => T | undefined | false | null | Promise<T | undefined | false | null>,
) => waitFor(what, probe, { timeoutMs: limitMs, everyMs: 20 });

/** Waits until the server says something on stderr; gives the match. */
export const untilSays = (server: Pick<Server, 'stderr'>, pattern: RegExp) =>
  until(`${pattern} on stderr`, () => pattern.exec(server.stderr()));

/** Milliseconds until the probe holds. */
export async function timeUntil(what: string, probe: () => boolean | Promise<boolean>): Promise<number> {
  const startMs = performance.now();
  await until(what, probe);
  return performance.now() - startMs;
}

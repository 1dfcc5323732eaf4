/** Whether a server can be had on this machine, and if not, why. */
import { ToolError } from './run.ts';

export type Installation<T> =
  | ({ readonly kind: 'available' } & T)
  /** `reason` is a sentence for the list of skipped tests: what is missing and what to do. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** A tool that is missing or fails makes a server unavailable; anything else is a bug and throws. */
export async function attempt<T>(what: string, make: () => Promise<T>): Promise<Installation<T>> {
  try {
    return { kind: 'available', ...(await make()) };
  } catch (error) {
    if (error instanceof ToolError) return { kind: 'unavailable', reason: `${what}: ${error.message}` };
    throw error;
  }
}

export function installed<T>(installation: Installation<T>): T {
  if (installation.kind === 'unavailable') throw new Error(installation.reason);
  return installation;
}

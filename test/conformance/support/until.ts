/** Asks again until the answer is as wanted, and gives the answer. */
import { waitFor } from '@millrace/testkit';

export async function until<T>(what: string, ask: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  let last: T | undefined;
  try {
    const found = await waitFor(
      what,
      async () => {
        last = await ask();
        return wanted(last) ? { value: last } : undefined;
      },
      { everyMs: 30 },
    );
    return found.value;
  } catch (error) {
    throw new Error(`${(error as Error).message}; last: ${JSON.stringify(last)}`);
  }
}

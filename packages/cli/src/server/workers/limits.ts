/** Every bound of what passes between threads, with its reason. */

/** Worker threads, at most: the one thread that keeps order feeds fewer than that. */
export const workersMax = 16;

/** A batch leaves within the turn when it is so large: what is on its way is a copy, and two of them are enough memory. */
export const batchBytesMax = 1024 * 1024;

/** Memory a side keeps between batches to write them in. */
export const batchKeptBytes = 256 * 1024;

/** What one worker may have handed over to be stored: what the log itself lets wait for a flush. Above it: 503. */
export const handedOver = { requests: 65_536, bytes: 32 * 1024 * 1024, retryAfterMs: 1_000 } as const;

/** Requests that are appended with one call. All of them have one outcome, so that it stays well below what a commit takes. */
export const appendTogether = { records: 256, bytes: 1024 * 1024 } as const;

/** Combinations of destination and policy that a worker remembers; then it begins anew. */
export const waysMax = 16_384;

/** URLs whose worker is remembered; those beyond go to the worker that their text says. */
export const urlsMax = 65_536;

/** A scrape waits so long for the counts of a worker, and then gives those it had before. */
export const countsMs = 1_000;

/** With port 0 the system names a port that is free; somebody may take it before all workers have it. */
export const anyPortTries = 5;

/** Young generation of a worker's heap, as the main thread's is bounded: see `boundMemory`. */
export const workerYoungMib = 32;

/**
 * Workers from which on they deliver too. A thread that takes in costs as much as one that delivers, stores and decides, so that
 * with one worker two cores are shared out best when an event crosses between threads once; with more of them the main thread
 * would be what all wait for.
 */
export const deliveringFrom = 2;

/** What the subscribers of `examples/github` recorded: a file each, a line for every delivery. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clockTriggers } from './expected.ts';

/** A line as `examples/github/subscribers/subscriber.ts` writes it. */
export interface DeliveryRecord {
  readonly subscriber: string;
  readonly trigger: string;
  readonly id: string;
  readonly type: string;
  readonly outcome: 'taken' | 'answered' | 'failed';
}

/** Deliveries of one event for one trigger. */
export interface Seen {
  /** Times it was taken or answered by the trigger's subscriber. */
  taken: number;
  /** Times the subscriber failed. */
  failed: number;
  /** Times the dead letter sink took it. */
  deadLettered: number;
}

export interface Collected {
  /** By trigger and id: events of this run. */
  readonly byTrigger: ReadonlyMap<string, ReadonlyMap<string, Readonly<Seen>>>;
  /** Events of the clock that arrived, by trigger. */
  readonly clock: ReadonlyMap<string, number>;
  /** Deliveries of events of an earlier run, which this start resumed. */
  readonly earlier: number;
}

const deadLetterSubscriber = 'dead-letters';

/** Sorts records of a folder into this run's, the clock's and those of earlier runs. */
export function sortRecords(records: Iterable<DeliveryRecord>, runId: string): Collected {
  const byTrigger = new Map<string, Map<string, Seen>>();
  const clock = new Map<string, number>(clockTriggers.map((trigger) => [trigger, 0]));
  let earlier = 0;
  for (const { subscriber, trigger, id, outcome } of records) {
    const ofClock = clock.get(trigger);
    if (!id.startsWith(`${runId}-`)) {
      if (ofClock === undefined) earlier++;
      else clock.set(trigger, ofClock + 1);
      continue;
    }
    const seen = entryOf(byTrigger, trigger, id);
    if (outcome === 'failed') seen.failed++;
    else if (subscriber === deadLetterSubscriber) seen.deadLettered++;
    else seen.taken++;
  }
  return { byTrigger, clock, earlier };
}

function entryOf(byTrigger: Map<string, Map<string, Seen>>, trigger: string, id: string): Seen {
  const events = byTrigger.get(trigger) ?? new Map<string, Seen>();
  byTrigger.set(trigger, events);
  const seen = events.get(id) ?? { taken: 0, failed: 0, deadLettered: 0 };
  events.set(id, seen);
  return seen;
}

/** All lines of a folder. A last line that is being written is left for the next time; a folder not there yet is empty. */
export async function readRecords(folder: string): Promise<readonly DeliveryRecord[]> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names.filter((name) => name.endsWith('.ndjson')).map((name) => readFile(join(folder, name), 'utf8')),
  );
  return texts.flatMap((text) =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as DeliveryRecord),
  );
}

export async function collect(folder: string, runId: string): Promise<Collected> {
  return sortRecords(await readRecords(folder), runId);
}

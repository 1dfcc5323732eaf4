/** A backlog: events that were acknowledged while their trigger was paused, and wait in the log for it to go on. */

import { brokerManifest, triggerManifest } from './manifests.ts';
import { Counts } from './numbers.ts';
import { connections } from './round.ts';
import { generate, type SinkProcess } from './sinks.ts';
import type { System } from './system.ts';

const FILL_MS_MAX = 3_600_000;

/** A million events of 1 KiB with their attributes, twice over: retention must not be what is measured. */
export const roomForBacklog = { 'millrace.dev/retention-bytes': '8Gi' };

export function backlogManifest(sinkUrl: string, paused: boolean): string {
  return [
    brokerManifest({ annotations: roomForBacklog }),
    triggerManifest({
      name: 'waiting',
      subscriber: `${sinkUrl}/`,
      annotations: { 'millrace.dev/paused': String(paused) },
    }),
  ].join('');
}

/** Sends so many events of 1 KiB and gives which of them were acknowledged. Throws when one is delivered meanwhile. */
export async function fill(system: System, sink: SinkProcess, run: string, events: number): Promise<Counts> {
  await sink.begin({ run, events });
  const sent = await generate({ url: system.url, run, events, bodyBytes: 1024, connections }, FILL_MS_MAX);
  const { received } = await sink.progress();
  if (received > 0) throw new Error(`${received} events were delivered although the trigger is paused`);
  return Counts.decode(sent.acknowledged);
}

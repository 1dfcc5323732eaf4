/**
 * One port for all workers.
 *
 * S1. The port is nobody else's: it is bound alone first, since a shared listener would get a part of a stranger's connections.
 * S2. All listen on the same port, also where the system chose it; one that was taken meanwhile is chosen anew.
 * S3. Where the system cannot share a port, the main thread listens alone, and takes in for all.
 */
import { type ListenOutcome, probePort } from '@millrace/runtime';
import { anyPortTries } from './limits.ts';

type Listen = (host: string, port: number) => Promise<ListenOutcome>;

export async function sharePort(
  host: string,
  port: number,
  {
    workers,
    alone,
    probe = probePort,
  }: { readonly workers: readonly Listen[]; readonly alone: Listen; readonly probe?: Listen },
): Promise<ListenOutcome> {
  for (let tries = 1; ; tries += 1) {
    const free = await probe(host, port);
    if (free.kind !== 'listening') return free;
    const outcome = await listenOnAll(workers, host, free.port);
    if (outcome.kind === 'refused' && outcome.code === 'ENOTSUP') return alone(host, free.port);
    // S2.
    if (outcome.kind !== 'taken' || port !== 0 || tries === anyPortTries) return outcome;
  }
}

/** The first outcome that is not `listening`, or the last one. */
async function listenOnAll(workers: readonly Listen[], host: string, port: number): Promise<ListenOutcome> {
  let outcome: ListenOutcome = { kind: 'listening', host, port };
  for (const listen of workers) {
    outcome = await listen(host, port);
    if (outcome.kind !== 'listening') break;
  }
  return outcome;
}

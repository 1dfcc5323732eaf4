/** Process groups: what a shell or a package manager started may outlive it by a moment, or for ever. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '@millrace/runtime';

const probeMs = 20;
/** After SIGKILL nothing can refuse to end; what is still listed then hangs in the kernel. */
const killedMsMax = 1_000;

/** Ends what is left of a group: SIGTERM, and SIGKILL after `limitMs`. Resolves when nothing runs any more. */
export async function endGroup(pgid: number | undefined, limitMs: number, clock: Clock): Promise<void> {
  if (pgid === undefined) return;
  const startMs = clock.monotonic();
  let told: NodeJS.Signals | undefined;
  while (runs(pgid)) {
    const ageMs = clock.monotonic() - startMs;
    if (ageMs > limitMs + killedMsMax) return;
    const signal = ageMs > limitMs ? 'SIGKILL' : 'SIGTERM';
    if (told !== signal) signalGroup(pgid, signal);
    told = signal;
    await new Promise<void>((resolve) => clock.setTimer(probeMs, resolve, { ref: true }));
  }
}

/** False when there is no such group any more. */
export function signalGroup(pgid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pgid === undefined) return false;
  try {
    process.kill(-pgid, signal);
    return true;
  } catch {
    return false;
  }
}

/** A process that has ended stays in its group until its parent asks for it; in a container that may be never. */
function runs(pgid: number): boolean {
  if (!signalGroup(pgid, 0)) return false;
  if (process.platform !== 'linux') return true;
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isLivingMember(name, pgid));
}

/** From `/proc/PID/stat`: behind the name in brackets stand state, parent and group. */
function isLivingMember(pid: string, pgid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(group) === pgid && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}

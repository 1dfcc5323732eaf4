/**
 * What we start never outlives us, however we end: a shell reads process ids and folders from a pipe that only this process holds,
 * and when the pipe ends it kills what is still named and removes the folders. One shell for each process that starts something.
 */
import { type ChildProcess, spawn } from 'node:child_process';

const script = `
trap '' INT TERM HUP
pids=
folders=
while read -r verb what; do
  case $verb in
    started) pids="$pids $what" ;;
    ended) rest=; for pid in $pids; do [ "$pid" = "$what" ] || rest="$rest $pid"; done; pids=$rest ;;
    folder) folders="$folders
$what" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
[ -z "$pids" ] || sleep 1
set -f
IFS='
'
for folder in $folders; do rm -rf -- "$folder"; done
`;

let watchdog: ChildProcess | undefined;

/** Tells the watchdog; it is started by the first word. A folder that is gone already is none to it. */
export function tellWatchdog(verb: 'started' | 'ended' | 'folder', what: string | number): void {
  if (!watchdog) {
    // A session of its own: an interrupt from the terminal is for us, and the watchdog acts when we are gone.
    watchdog = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    watchdog.unref();
    (watchdog.stdin as unknown as { unref(): void }).unref();
  }
  watchdog.stdin?.write(`${verb} ${what}\n`);
}

/** A process that ends with us. */
export function endsWithUs<T extends ChildProcess>(child: T): T {
  const { pid } = child;
  if (pid === undefined) return child;
  tellWatchdog('started', pid);
  child.once('exit', () => tellWatchdog('ended', pid));
  return child;
}

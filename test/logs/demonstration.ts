/** The main job of `pnpm start` on a log of one's choice, and the line of sums that it ends with. */
import { join } from 'node:path';
import { type Finished, millrace } from '../support/millrace.ts';
import { root } from '../support/tree.ts';

export interface Sums {
  readonly accepted: number;
  readonly delivered: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly lost: number;
  readonly unexpected: number;
}

/** The line that ends a demonstration, as numbers; undefined when there is none. */
export function sumsOf(stdout: string): Sums | undefined {
  const line =
    /^demonstration: (\d+) events accepted, (\d+) delivered, (\d+) retried, (\d+) dead-lettered, (\d+) lost, (\d+) unexpected$/m.exec(
      stdout,
    );
  if (!line) return undefined;
  const [accepted = 0, delivered = 0, retried = 0, deadLettered = 0, lost = 0, unexpected = 0] = line
    .slice(1)
    .map(Number);
  return { accepted, delivered, retried, deadLettered, lost, unexpected };
}

/** `millrace start` on a data directory of its own under `folder`; `name` tells runs apart. */
export function demonstrate(folder: string, name: string, log: string, timeoutMs: number): Promise<Finished> {
  const flags = ['--exit', '--data-dir', join(folder, name), '--port', '0', '--api-port', '0', '--log', log];
  return millrace(['start', ...flags], { cwd: root, timeoutMs });
}

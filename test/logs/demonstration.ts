/** The main job of `pnpm start` on a log of one's choice. */
import { join } from 'node:path';
import { type Finished, millrace } from '../support/millrace.ts';
import { root } from '../support/tree.ts';

/** `millrace start` on a data directory of its own under `folder`; `name` tells runs apart. */
export function demonstrate(folder: string, name: string, log: string, timeoutMs: number): Promise<Finished> {
  const flags = ['--exit', '--data-dir', join(folder, name), '--port', '0', '--api-port', '0', '--log', log];
  return millrace(['start', ...flags], { cwd: root, timeoutMs });
}

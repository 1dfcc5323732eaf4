/** Binding the two ports: a default one that is taken moves on and says so, an explicit one fails naming the holder. */
import type { ListenOutcome } from '@millrace/runtime';
import { CliError, exitCodes, failed } from '../exit.ts';

export interface PortWish {
  readonly port: number;
  /** Given by a flag: then no other will do. */
  readonly explicit: boolean;
  readonly flag: string;
}

/** How far a default port moves before it is given up: enough for a dozen copies side by side. */
const movesMax = 20;

export interface Bound {
  readonly port: number;
  /** Said to the user when the port is not the one wished for. */
  readonly warning?: string;
}

export async function bindPort(
  listen: (host: string, port: number) => Promise<ListenOutcome>,
  host: string,
  wish: PortWish,
): Promise<Bound> {
  let first: string | undefined;
  for (let move = 0; move <= movesMax; move++) {
    const outcome = await listen(host, wish.port + move);
    if (outcome.kind === 'listening') {
      return {
        port: outcome.port,
        ...(first === undefined
          ? {}
          : { warning: `${first}; using ${outcome.port}. ${wish.flag} ${wish.port} would fail instead` }),
      };
    }
    if (outcome.kind === 'refused') throw failed(`cannot listen: ${outcome.reason}`);
    if (wish.explicit)
      throw new CliError(exitCodes.failed, outcome.reason, `Choose another with ${wish.flag}, or end its holder.`);
    first ??= outcome.reason;
  }
  throw failed(`no free port from ${wish.port} to ${wish.port + movesMax}: ${first}`, `Choose one with ${wish.flag}.`);
}

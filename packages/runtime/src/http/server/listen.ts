/** Binding a port as a value: who holds it when it is taken, and what else can be wrong with an address. */
import { createServer, type Server } from 'node:net';
import { findPortHolder, type PortHolder } from './port-holder.ts';

export type ListenOutcome =
  /** `port` is the one that was bound: with port 0 the system chose it. */
  | { readonly kind: 'listening'; readonly host: string; readonly port: number }
  /** `holder` when it can be found out. */
  | { readonly kind: 'taken'; readonly port: number; readonly holder?: PortHolder; readonly reason: string }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string };

/**
 * `shared`: others that listen in the same way get a part of the connections, by the kernel's choice. Where the system
 * cannot do that it is refused with the code `ENOTSUP`.
 */
export async function listenOn(server: Server, host: string, port: number, shared = false): Promise<ListenOutcome> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen({ host, port, ...(shared && { reusePort: true }) }, () => {
      server.off('error', resolve);
      resolve(undefined);
    });
  });
  if (error === undefined) {
    const address = server.address();
    return { kind: 'listening', host, port: typeof address === 'object' && address !== null ? address.port : port };
  }
  if (error.code === 'EADDRINUSE') {
    const holder = await findPortHolder(port);
    const by = holder === undefined ? 'another process' : `${holder.name} (pid ${holder.pid})`;
    return { kind: 'taken', port, reason: `port ${port} is held by ${by}`, ...(holder && { holder }) };
  }
  return { kind: 'refused', code: error.code ?? 'unknown', reason: refusedReason(error, host, port) };
}

/**
 * Whether a port is nobody else's: binds it alone and lets go of it. A shared listener has to ask first, since it would
 * get a part of the connections of whoever shares the port already, without a word.
 */
export async function probePort(host: string, port: number): Promise<ListenOutcome> {
  const server = createServer();
  const outcome = await listenOn(server, host, port);
  if (outcome.kind === 'listening') await new Promise((resolve) => server.close(resolve));
  return outcome;
}

function refusedReason({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case 'EACCES':
      return `port ${port} needs rights this process does not have: choose one above 1023`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not the name of an address of this machine`;
    default:
      return `${host}:${port}: ${message}`;
  }
}

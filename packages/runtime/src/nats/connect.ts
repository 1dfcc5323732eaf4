/**
 * Makes the connection. The clients are loaded when the first one is wanted: a process that uses no NATS does not pay for them.
 */
import type { NatsCluster } from '@millrace/api';
import type { ConnectionOptions } from '@nats-io/transport-node';
import type { Clock, Random } from '../ports/index.ts';
import { connectMsMax, pingIntervalMs, pingsUnansweredMax, reconnectJitterMs, reconnectWaitMs } from './limits.ts';
import type { NatsClient } from './types.ts';

export type NatsConnected =
  | { readonly kind: 'connected'; readonly client: NatsClient }
  | { readonly kind: 'failed'; readonly reason: string };

/** Never rejects. After it succeeded once, the connection is made again without end. */
export async function connectNats(
  cluster: NatsCluster,
  ports: { readonly clock: Clock; readonly random: Random },
): Promise<NatsConnected> {
  const [{ connect, credsAuthenticator }, { openClient }] = await Promise.all([
    import('@nats-io/transport-node'),
    import('./client.ts'),
  ]);
  const identity = ports.random.uuid().replaceAll('-', '');
  try {
    const addresses = cluster.servers.map((server) => new URL(server.includes('://') ? server : `nats://${server}`));
    const options = optionsOf(cluster, addresses, `_INBOX.${identity}`);
    const { credentials } = cluster;
    const connection = await connect({
      ...options,
      ...(credentials === undefined
        ? {}
        : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) }),
    });
    const cut = () => {
      const { protocol } = connection as unknown as { protocol?: { transport?: { socket?: { destroy(): void } } } };
      protocol?.transport?.socket?.destroy();
    };
    return { kind: 'connected', client: await openClient({ connection, cut, clock: ports.clock, identity }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', reason: `no connection to ${hostsOf(cluster)}: ${reason}` };
  }
}

/** Addresses as they may be shown: without user and password. */
export function hostsOf(cluster: NatsCluster): string {
  return cluster.servers.map((server) => server.replace(/\/\/[^@/]*@/, '//')).join(', ');
}

function optionsOf(cluster: NatsCluster, addresses: readonly URL[], inboxPrefix: string): ConnectionOptions {
  const [first] = addresses;
  const user = decodeURIComponent(first?.username ?? '');
  const password = decodeURIComponent(first?.password ?? '');
  const secure = cluster.tls !== undefined || addresses.some(({ protocol }) => protocol === 'tls:');
  return {
    servers: addresses.map(({ host }) => host),
    name: 'millrace',
    inboxPrefix,
    timeout: connectMsMax,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectWaitMs,
    reconnectJitter: reconnectJitterMs,
    reconnectJitterTLS: reconnectJitterMs,
    pingInterval: pingIntervalMs,
    maxPingOut: pingsUnansweredMax,
    ignoreAuthErrorAbort: true,
    // Stack traces of requests cost more than the requests.
    noAsyncTraces: true,
    ...(secure ? { tls: { ...cluster.tls } } : {}),
    ...(user !== '' && password !== '' ? { user, pass: password } : {}),
    ...(user !== '' && password === '' ? { token: user } : {}),
  };
}

/** Calls back when everything that came in with this turn of the event loop was looked at: what belongs together is sent together. */
export function afterThisTurn(callback: () => void): void {
  setImmediate(callback);
}

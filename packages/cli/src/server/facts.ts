/** What is true of a running server: for the banner, for `/readyz` and for client commands. */
import type { LogRoute, Resource, RoutingTable } from '@millrace/api';
import type { BannerFacts } from '../banner/banner.ts';
import type { ServerInfo } from '../client/api.ts';
import { version } from '../version.ts';
import type { RunningParts } from './local-server.ts';
import { logText } from './log-choice.ts';

export type ServerFacts = Omit<BannerFacts, 'nodeVersion' | 'files' | 'readyMs'> & {
  readonly inFlight: number;
  readonly handedBack: number;
};

export function factsOf(parts: RunningParts): ServerFacts {
  const { options, dataPlane, controlPlane, state } = parts;
  const table = dataPlane.table();
  let eventsKept = 0;
  let bytesKept = 0;
  for (const { log } of dataPlane.openLogs()) {
    for (const partition of log.partitions) {
      const { start, end, bytes } = log.range(partition);
      eventsKept += end - start;
      bytesKept += bytes;
    }
  }
  return {
    version,
    objects: state.objects,
    brokers: addressesOf(table, 'Broker', state.dataUrl),
    channels: addressesOf(table, 'Channel', state.dataUrl),
    dataUrl: state.dataUrl,
    apiUrl: state.apiUrl,
    dataDir: options.dataDir,
    log: logText(options.log),
    eventsKept,
    bytesKept,
    pid: process.pid,
    warnings: [...state.warnings, ...notReady(controlPlane.controller.resources())],
    handedBack: state.handedBack,
    inFlight: dataPlane.dispatcher.views().reduce((sum, { inFlight }) => sum + inFlight, 0),
  };
}

export function serverInfo(parts: RunningParts): ServerInfo {
  const { options, controlPlane, state } = parts;
  const { ready, waitingFor } = controlPlane.controller.ready();
  return {
    version,
    pid: process.pid,
    dataUrl: state.dataUrl,
    apiUrl: state.apiUrl,
    dataDir: options.dataDir,
    log: logText(options.log),
    ready: state.ready && ready,
    waitingFor: [...waitingFor],
  };
}

function addressesOf({ logs }: RoutingTable, kind: LogRoute['kind'], dataUrl: string) {
  const served = logs.filter((route) => route.kind === kind && route.path !== '');
  return served.map(({ namespace, name, path }) => ({ name: `${namespace}/${name}`, url: dataUrl + path }));
}

/** Objects named in the banner; more are counted. */
const namedMax = 5;

/** What is not ready, and why, a line each. */
function notReady(resources: readonly Resource[]): readonly string[] {
  const lines = resources.flatMap(({ kind, metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (!ready || ready.status === 'True') return [];
    return [
      `${kind.toLowerCase()}/${metadata.name} is not ready: ${ready.message ?? ready.reason ?? 'not reconciled yet'}`,
    ];
  });
  const more = lines.length - namedMax;
  return more > 0 ? [...lines.slice(0, namedMax), `… and ${more} more objects that are not ready`] : lines;
}

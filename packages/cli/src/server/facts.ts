/** What is true of a running server: for the banner, for `/readyz` and for client commands. */
import type { BannerFacts } from '../banner/banner.ts';
import type { ServerInfo } from '../client/api.ts';
import { version } from '../version.ts';
import type { RunningParts } from './local-server.ts';

export type ServerFacts = Omit<BannerFacts, 'nodeVersion' | 'files' | 'readyMs'> & { readonly inFlight: number };

/** Kinds a person asks about first, in this order; others are counted together. */
const shownKinds = [
  'Broker',
  'Trigger',
  'PingSource',
  'CronJobSource',
  'GitHubSource',
  'EventType',
  'Service',
  'ConfigMap',
  'Secret',
];

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
    objects: countKinds(controlPlane.manifests.objects().map(({ kind }) => kind)),
    brokers: table.logs.map(({ namespace, name, path }) => ({
      name: `${namespace}/${name}`,
      url: state.dataUrl + path,
    })),
    dataUrl: state.dataUrl,
    apiUrl: state.apiUrl,
    dataDir: options.dataDir,
    log: options.log,
    eventsKept,
    bytesKept,
    pid: process.pid,
    warnings: [...state.warnings, ...controlPlane.controller.problems()],
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
    log: options.log,
    ready: state.ready && ready,
    waitingFor: [...waitingFor],
  };
}

function countKinds(kinds: readonly string[]): BannerFacts['objects'] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const rank = (kind: string) => (shownKinds.includes(kind) ? shownKinds.indexOf(kind) : shownKinds.length);
  return [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => rank(a.kind) - rank(b.kind));
}

/**
 * Local mode as one value: opens the data directory, binds the ports, joins the planes, and ends in order.
 *
 * L1. What is said to be ready is: both listeners are bound, and everything given at the start has been reconciled, or
 *     is named among the warnings.
 * L2. The end loses nothing: sources stop, ingress stops taking, deliveries finish or are handed back, cursors and
 *     objects are flushed, and only then the data directory is let go.
 */
import { type InstallationLog, kinds } from '@millrace/api';
import { registerResourceApi } from '@millrace/controller';
import {
  type ApiServer,
  boundMemory,
  createApiServer,
  createExposition,
  createOriginGuard,
  keepTickShape,
  MetricsRegistry,
  prometheusContentType,
  releaseStartMemory,
} from '@millrace/runtime';
import { createEmitter, createSourceManager, type SourceManager } from '@millrace/sources';
import { apiVersionOf } from '../client/resources.ts';
import type { LiveItem } from '../live/wire.ts';
import { type ControlPlane, openControlPlane } from './control-plane.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { createDataPlane, type DataPlane } from './data-plane.ts';
import { createDataPort, type DataPort } from './data-port.ts';
import type { ServerPorts } from './effects.ts';
import { Endings } from './endings.ts';
import { factsOf, type ServerFacts, serverInfo } from './facts.ts';
import { LiveFeed } from './live-feed.ts';
import { keepLogs } from './log-keeping.ts';
import { LogAdmins, Logs } from './logs.ts';
import { registerMillraceApi } from './millrace-api.ts';
import { bindPort, type PortWish } from './ports.ts';
import { progressOf } from './progress.ts';
import { checkReachable } from './reach.ts';
import { reconcileStart } from './reconcile-start.ts';
import { createServiceConsumers } from './service-consumers.ts';
import type { WorkerPool, WorkerPoolOptions } from './workers/index.ts';

export interface LocalServerOptions {
  readonly files: readonly string[];
  readonly cwd: string;
  readonly host: string;
  readonly port: PortWish;
  readonly apiPort: PortWish;
  readonly dataDir: string;
  /** Where logs live whose objects do not say otherwise. */
  readonly log: InstallationLog;
  readonly takeOver: boolean;
  readonly askTakeOver?: (holder: string) => Promise<boolean>;
  readonly eventBytesMax?: number;
  /** Threads that take in and deliver; 0: the main thread does both. */
  readonly workers: number;
  /** Added to the environment of consumers. */
  readonly consumerEnv?: Readonly<Record<string, string>>;
  readonly ports: ServerPorts;
  readonly on: {
    /** A line that a consumer printed. */
    consumerLine(name: string, line: string): void;
    /** A file changed an object. */
    change(text: string): void;
    /** A file, or something else that a person has to mend. */
    problem(text: string): void;
    /** Nothing goes on: the process must end at once, as if it had been killed. */
    died(text: string): void;
    /** Absent: nobody watches, and nothing is worked out for a view. */
    live?(item: LiveItem): void;
  };
}

/** What is found out while it starts. */
interface ServerState {
  dataUrl: string;
  apiUrl: string;
  ready: boolean;
  objects: readonly { readonly kind: string; readonly count: number }[];
  readonly warnings: string[];
  /** Deliveries that the end cut off: they come again at the next start. */
  handedBack: number;
  /** UIDs of sources that have all they need to take what is posted to them; undefined before the first table. */
  servedSources: ReadonlySet<string> | undefined;
}

/** Everything a running server consists of. `state` is filled while it starts. */
interface ServerParts {
  readonly options: LocalServerOptions;
  readonly directory: DataDirectory;
  /** Logs wherever they live, the data directory's among them. */
  readonly logs: Logs;
  readonly logAdmin: LogAdmins;
  readonly dataPlane: DataPlane;
  readonly sources: SourceManager;
  readonly dataPort: DataPort;
  readonly workers: WorkerPool | undefined;
  readonly registry: MetricsRegistry;
  /** Aborted when the end begins: ends what streams. */
  readonly ending: AbortController;
  readonly endings: Endings;
  readonly state: ServerState;
}

export interface RunningParts extends ServerParts {
  readonly api: ApiServer;
  readonly controlPlane: ControlPlane;
}

export interface LocalServer {
  readonly dataUrl: string;
  readonly apiUrl: string;
  readonly parts: RunningParts;
  facts(): ServerFacts;
  /** Ends it (L2) within about `limitMs`. Rejects with what could not be ended in order. */
  end(limitMs: number): Promise<void>;
}

/** What a start that failed gets to tidy up. */
const failedStartMs = 5_000;
/** Of the drain's time, what sources get to send what they have begun. */
const sourcesEndMs = 5_000;
/** And what requests under way get to be answered: an append takes milliseconds. */
const requestsEndMs = 5_000;

export async function startLocalServer(options: LocalServerOptions): Promise<LocalServer> {
  keepTickShape();
  const unbound = boundMemory(options.ports.clock);
  const parts = await openParts(options).catch((error: unknown) => {
    unbound();
    throw error;
  });
  const { endings, ending, state } = parts;
  endings.add('memory', async () => unbound());
  endings.add('workers', async () => parts.workers?.end());
  endings.add('data directory', () => parts.directory.close());
  // After the deliveries, whose end gives shared partitions back and records how far they came.
  endings.add('logs', () => parts.logs.close());
  endings.add('log administration', () => parts.logAdmin.close());
  try {
    const running = await startParts(parts);
    const end = (limitMs: number) => {
      ending.abort();
      return endings.run(limitMs);
    };
    return { dataUrl: state.dataUrl, apiUrl: state.apiUrl, parts: running, facts: () => factsOf(running), end };
  } catch (error) {
    ending.abort();
    await endings.run(failedStartMs).catch(() => {
      // The start failed: why is what the user has to know.
    });
    throw error;
  }
}

async function startParts(parts: ServerParts): Promise<RunningParts> {
  const { options, state } = parts;
  const bound = await bindPort((host, port) => parts.dataPort.listen(host, port), options.host, options.port);
  noteBound(parts, bound.warning);
  state.dataUrl = `http://localhost:${bound.port}`;
  const running = await openRunning(parts);
  const boundApi = await bindPort((host, port) => running.api.listen(host, port), '127.0.0.1', options.apiPort);
  noteBound(parts, boundApi.warning);
  state.apiUrl = `http://localhost:${boundApi.port}`;
  parts.directory.announce({ data: bound.port, api: boundApi.port });
  await joinPlanes(running);
  return running;
}

async function openParts(options: LocalServerOptions): Promise<ServerParts> {
  const { ports } = options;
  const registry = new MetricsRegistry();
  await checkReachable(options.log, ports.clock);
  const directory = await openDataDirectory(options, ports);
  const hosts = options.host === '127.0.0.1' ? [] : [options.host];
  const { deadLetters } = directory;
  const logs = new Logs(directory.logs, options.log, ports);
  const logAdmin = new LogAdmins(ports);
  const sources = createSourceManager({ ...ports, metrics: registry, emitter: createEmitter(ports) });
  const workers = await startWorkers(options, {
    metrics: registry,
    hosts,
    receive: (request) => sources.receive(request),
    logFor: (uid) => dataPlane.dispatcher.logFor(uid),
    whenSettled: (uid, partition, offset) => dataPlane.dispatcher.whenSettled(uid, partition, offset),
    nameOfCursor: (cursor) => dataPlane.ingress.nameOfCursor(cursor),
  });
  const dataPlane = createDataPlane({
    ...ports,
    metrics: registry,
    logs,
    deadLetters,
    hosts,
    ...(workers && { workers }),
  });
  const dataPort = createDataPort({
    ...ports,
    ingress: dataPlane.ingress,
    sources,
    hosts,
    ...(workers && { workers }),
    ...(options.eventBytesMax === undefined ? {} : { eventBytesMax: options.eventBytesMax }),
  });
  const endings = new Endings(ports.clock);
  return {
    options,
    directory,
    logs,
    logAdmin,
    dataPlane,
    sources,
    dataPort,
    workers,
    registry,
    endings,
    ending: new AbortController(),
    state: {
      dataUrl: '',
      apiUrl: '',
      ready: false,
      objects: [],
      warnings: [],
      handedBack: 0,
      servedSources: undefined,
    },
  };
}

/** Threads are loaded only where they are asked for. */
async function startWorkers(
  { workers: count, ports, eventBytesMax, on }: LocalServerOptions,
  wiring: Omit<WorkerPoolOptions, 'count' | 'onDeath' | 'clock' | 'logger'>,
): Promise<WorkerPool | undefined> {
  if (count === 0) return undefined;
  const { WorkerPool } = await import('./workers/index.ts');
  const { clock, logger } = ports;
  const onDeath = (text: string) => on.died(text);
  return new WorkerPool({ clock, logger, count, onDeath, ...wiring, ...(eventBytesMax && { eventBytesMax }) });
}

async function openRunning(parts: ServerParts): Promise<RunningParts> {
  const { options, dataPlane, registry, state } = parts;
  const { clock } = options.ports;
  const controlPlane = await openControlPlane({
    ...options.ports,
    dataDir: options.dataDir,
    files: options.files,
    cwd: options.cwd,
    dataUrl: state.dataUrl,
    installationLog: options.log,
    logAdmin: parts.logAdmin,
    progress: progressOf(dataPlane),
    tableInForce: () => dataPlane.table(),
    serves: (uid) => (state.servedSources?.has(uid) ? true : dataPlane.serves(uid)),
    onChange: (text) => options.on.change(text),
    onProblem: (text) => options.on.problem(text),
  });
  parts.endings.add('control plane', () => controlPlane.stop());
  const api = createApiServer({ ...options.ports, guard: createOriginGuard() });
  const running = { ...parts, controlPlane, api };
  const feed = new LiveFeed({
    clock,
    onFlow: (listener) => dataPlane.dispatcher.onFlow(listener),
    routingTable: () => dataPlane.table(),
  });
  const exposition = createExposition(registry, clock);
  registerResourceApi(api.app, { store: controlPlane.store, clock });
  registerMillraceApi(api.app, {
    info: () => serverInfo(running),
    async metricsText() {
      await parts.workers?.collect();
      return exposition.text();
    },
    metricsContentType: prometheusContentType,
    feed,
    openLogs: async (broker) => dataPlane.openLogs(broker),
    deadLetters: parts.directory.deadLetters,
    ending: parts.ending.signal,
  });
  parts.endings.add('API port', () => api.close(requestsEndMs));
  if (options.on.live) feed.listen((item) => options.on.live?.(item));
  return running;
}

/** From here on tables flow from the control plane to the data plane, and events from sources to subscribers. */
async function joinPlanes(parts: RunningParts): Promise<void> {
  const { options, controlPlane, dataPlane, sources, dataPort } = parts;
  const { manifests, store } = controlPlane;
  const consumers = createServiceConsumers({
    ...options.ports,
    store,
    dataDir: options.dataDir,
    cwd: options.cwd,
    env: options.consumerEnv ?? {},
    fileOf: ({ apiVersion, kind, metadata: { namespace, name } }) =>
      manifests.fileOf({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }),
    print: (name, line) => options.on.consumerLine(name, line),
  });
  parts.endings.add('consumers', () => consumers.stop());
  const stopKeeping = keepLogs({
    ...options.ports,
    logs: parts.logs,
    dispatcher: dataPlane.dispatcher,
    served: () => dataPlane.openLogs().map(({ log }) => log),
    known: () => knownUids(controlPlane),
  });
  parts.endings.add('deliveries', async (limitMs) => {
    parts.state.handedBack = await dataPlane.drain(limitMs);
  });
  parts.endings.add('data port', () => dataPort.close(requestsEndMs));
  parts.endings.add('sources', async () => {
    stopKeeping();
    await sources.stop(sourcesEndMs);
  });
  await reconcileStart(parts, consumers);
  parts.state.ready = true;
  const unreleased = releaseStartMemory(options.ports.clock, () => void parts.workers?.releaseMemory());
  parts.endings.add('start memory', async () => unreleased());
}

/** UIDs of all objects of the kinds that Millrace knows. */
async function knownUids({ store }: ControlPlane): Promise<ReadonlySet<string>> {
  const lists = await Promise.all(
    kinds.map((definition) => store.list({ apiVersion: apiVersionOf(definition), kind: definition.kind })),
  );
  return new Set(lists.flatMap(({ items }) => items.flatMap(({ metadata }) => metadata.uid ?? [])));
}

function noteBound(parts: ServerParts, warning: string | undefined): void {
  if (warning !== undefined) parts.state.warnings.push(warning);
}

/** nats-server with JetStream for tests: one, or a cluster whose nodes can be killed and started again on the same ports with the same data. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TcpProxy } from '@millrace/testkit';
import { type ClientTls, makeCertificates, type ServerTls } from './certificates.ts';
import { installed } from './installation.ts';
import { natsServers } from './nats-install.ts';
import { dataFolder, freePorts, removeFolder, ServerProcess } from './process.ts';

export interface NatsOptions {
  /** How often JetStream flushes to disk: with each message unless said otherwise. */
  readonly syncInterval?: string;
  /** Lines for the configuration file, for example `authorization { user: a, password: b }`. */
  readonly configuration?: string;
  /** Clients must come with TLS, and with a certificate if `tls` is `mutual`: `NatsServer.tls` has what they need. */
  readonly tls?: true | 'mutual';
  /** `false` for a server without JetStream. */
  readonly jetStream?: boolean;
  /** One proxy for each node: `NatsServer.proxied` leads through it. */
  readonly proxies?: readonly TcpProxy[];
}

export interface NatsServer {
  readonly name: string;
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly servers: string;
  /** `nats://127.0.0.1:port`. */
  readonly url: string;
  /** The same through the proxy; throws without one. */
  readonly proxied: { readonly servers: string; readonly url: string };
  /** PEM texts for clients; throws when TLS was not asked for. */
  readonly tls: ClientTls;
  /** `http://127.0.0.1:port` of the server's own monitoring: `/jsz`, `/varz`. */
  readonly monitorUrl: string;
  readonly pid: number;
  output(): string;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts it again, killed or not: same ports, same data. Resolves when it takes requests. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface NatsCluster {
  readonly nodes: readonly NatsServer[];
  readonly servers: string;
  readonly url: string;
  readonly proxied: { readonly servers: string; readonly url: string };
  stop(): Promise<void>;
}

/** Starts in 0.1 s on a quiet machine. */
const startMsMax = 30_000;
const readyLine = /Server is ready/;

/** One server. Throws where it cannot be had: ask `natsServers` first. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const [node] = await startNodes(1, options);
  if (!node) throw new Error('no node was started');
  return node;
}

/** Resolves when JetStream has elected who leads it: streams can be made then. */
export async function startNatsCluster(count = 3, options: NatsOptions = {}): Promise<NatsCluster> {
  const nodes = await startNodes(count, options);
  await Promise.race(nodes.map((node) => node.leads(startMsMax)));
  const join = (parts: readonly string[]) => ({ servers: parts.join(','), url: `nats://${parts.join(',')}` });
  return {
    nodes,
    ...join(nodes.map(({ servers }) => servers)),
    get proxied() {
      return join(nodes.map(({ proxied }) => proxied.servers));
    },
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

async function startNodes(count: number, options: NatsOptions): Promise<readonly NatsNode[]> {
  const { binary } = installed(await natsServers());
  const ports = [...(await freePorts(count * 3))];
  const take = () => Array.from({ length: count }, () => ports.pop() ?? 0);
  const [clients, monitors, routes] = [take(), take(), take()];
  const nodes: NatsNode[] = [];
  for (const [index, port] of clients.entries()) {
    const proxy = options.proxies?.[index];
    proxy?.target(port);
    const route = count === 1 ? undefined : { port: routes[index] ?? 0, all: routes };
    const folder = dataFolder('nats');
    const certificates = options.tls ? await makeCertificates(folder) : undefined;
    const configuration = {
      name: `node-${index + 1}`,
      port,
      monitorPort: monitors[index] ?? 0,
      route,
      proxy,
      tls: certificates?.server,
    };
    nodes.push(new NatsNode(binary, folder, configuration, options, certificates?.client));
  }
  try {
    await Promise.all(nodes.map((node) => node.restart()));
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  }
  return nodes;
}

interface NodeConfiguration {
  readonly name: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly route: { readonly port: number; readonly all: readonly number[] } | undefined;
  readonly proxy: TcpProxy | undefined;
  readonly tls: ServerTls | undefined;
}

function configurationFile(node: NodeConfiguration, options: NatsOptions, folder: string): string {
  const lines = [
    `listen: "127.0.0.1:${node.port}"`,
    `http: "127.0.0.1:${node.monitorPort}"`,
    `server_name: "${node.name}"`,
  ];
  if (options.jetStream !== false)
    lines.push(
      // Every stream reserves what it may hold, a gigabyte as a rule: a run with hundreds of them needs more than there is.
      `jetstream { store_dir: ${JSON.stringify(folder)}, sync_interval: ${options.syncInterval ?? 'always'}, max_file_store: 100TB }`,
    );
  if (node.tls) {
    const verify = options.tls === 'mutual' ? ', verify: true' : '';
    lines.push(
      `tls { cert_file: "${node.tls.cert}", key_file: "${node.tls.key}", ca_file: "${node.tls.ca}"${verify} }`,
    );
  }
  if (node.route) {
    const routes = node.route.all.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
    // Clients are not told of the other nodes' own ports where they are to go through proxies.
    const quiet = node.proxy ? ', no_advertise: true' : '';
    lines.push(`cluster { name: "millrace", listen: "127.0.0.1:${node.route.port}", routes: [${routes}]${quiet} }`);
  }
  lines.push(options.configuration ?? '');
  return `${lines.join('\n')}\n`;
}

class NatsNode implements NatsServer {
  readonly name: string;
  readonly port: number;
  readonly monitorUrl: string;
  readonly #binary: string;
  readonly #folder: string;
  readonly #proxy: TcpProxy | undefined;
  readonly #tls: ClientTls | undefined;
  #process: ServerProcess | undefined;

  constructor(
    binary: string,
    folder: string,
    node: NodeConfiguration,
    options: NatsOptions,
    tls: ClientTls | undefined,
  ) {
    this.#binary = binary;
    this.#folder = folder;
    this.#tls = tls;
    this.name = node.name;
    this.port = node.port;
    this.monitorUrl = `http://127.0.0.1:${node.monitorPort}`;
    this.#proxy = node.proxy;
    writeFileSync(join(this.#folder, 'nats.conf'), configurationFile(node, options, join(this.#folder, 'data')));
  }

  get servers(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `nats://${this.servers}`;
  }

  get proxied(): { readonly servers: string; readonly url: string } {
    if (!this.#proxy) throw new Error('this node was started without a proxy');
    const servers = `127.0.0.1:${this.#proxy.port}`;
    return { servers, url: `nats://${servers}` };
  }

  get tls(): ClientTls {
    if (!this.#tls) throw new Error('this node was started without TLS');
    return this.#tls;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  output(): string {
    return this.#process?.output() ?? '';
  }

  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#process = new ServerProcess(this.#binary, ['-c', join(this.#folder, 'nats.conf')], {
      cwd: this.#folder,
      outputFile: join(this.#folder, 'output.log'),
    });
    await this.#process.said(readyLine, startMsMax);
  }

  async leads(timeoutMs: number): Promise<void> {
    await this.#process?.said(/Self is new JetStream cluster metadata leader/, timeoutMs);
  }

  async stop(): Promise<void> {
    await this.kill();
    removeFolder(this.#folder);
  }
}

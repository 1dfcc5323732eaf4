/** nats-server with JetStream for tests: one, or a cluster whose nodes can be killed and started again on the same ports with the same data. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TcpProxy } from '@millrace/testkit';
import { type ClientTls, makeCertificates, type ServerTls } from './certificates.ts';
import { installed } from './installation.ts';
import { natsServers } from './nats-install.ts';
import { type Cluster, clusterOf, hostPort, only, ServerNode, startAll } from './node.ts';
import { dataFolder, freePorts } from './process.ts';

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

export type NatsCluster = Cluster<NatsServer>;

/** Starts in 0.1 s on a quiet machine. */
const startMsMax = 30_000;
const readyLine = /Server is ready/;
const leadsLine = /Self is new JetStream cluster metadata leader/;

/** One server. Throws where it cannot be had: ask `natsServers` first. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  return only(await startNodes(1, options));
}

/** Resolves when JetStream has elected who leads it: streams can be made then. */
export async function startNatsCluster(count = 3, options: NatsOptions = {}): Promise<NatsCluster> {
  const nodes = await startNodes(count, options);
  await Promise.race(nodes.map((node) => node.said(leadsLine, startMsMax)));
  return clusterOf('nats', nodes);
}

async function startNodes(count: number, options: NatsOptions): Promise<readonly NatsServer[]> {
  const { binary } = installed(await natsServers());
  const ports = [...(await freePorts(count * 3))];
  const take = () => Array.from({ length: count }, () => ports.pop() ?? 0);
  const [clients, monitors, routes] = [take(), take(), take()];
  const nodes: NatsServer[] = [];
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
    nodes.push(new NatsServer(binary, folder, configuration, options, certificates?.client));
  }
  return startAll(nodes);
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

export class NatsServer extends ServerNode {
  readonly name: string;
  /** `http://127.0.0.1:port` of the server's own monitoring: `/jsz`, `/varz`. */
  readonly monitorUrl: string;

  constructor(
    binary: string,
    folder: string,
    node: NodeConfiguration,
    options: NatsOptions,
    tls: ClientTls | undefined,
  ) {
    const file = join(folder, 'nats.conf');
    super({
      scheme: 'nats',
      command: binary,
      args: ['-c', file],
      readyLine,
      startMsMax,
      folder,
      port: node.port,
      proxyPort: node.proxy?.port,
      tls,
    });
    this.name = node.name;
    this.monitorUrl = `http://${hostPort(node.monitorPort)}`;
    writeFileSync(file, configurationFile(node, options, join(folder, 'data')));
  }
}

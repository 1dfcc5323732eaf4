/** Kafka nodes for tests: one, or a cluster whose nodes can be killed and started again, each on the same ports with the same data. */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TcpProxy } from '@millrace/testkit';
import { type ClientTls, makeCertificates } from './certificates.ts';
import { installed } from './installation.ts';
import { type KafkaInstallation, kafkaServers } from './kafka-install.ts';
import { kafkaArguments, readyLine, startMsMax } from './kafka-java.ts';
import {
  type KafkaListener,
  kafkaProperties,
  type NodeConfiguration,
  type SecureProtocol,
} from './kafka-properties.ts';
import { clusterId, credentials } from './kafka-security.ts';
import { type Cluster, clusterOf, hostPort, only, ServerNode, startAll } from './node.ts';
import { dataFolder, freePorts } from './process.ts';

export interface KafkaOptions {
  /** Listeners besides the plain one: `KafkaServer.listener` has their addresses. SASL ones take PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  readonly protocols?: readonly SecureProtocol[];
  /** Whether TLS clients must have a certificate; one that is shown must be good in any case. */
  readonly clientAuth?: 'requested' | 'required';
  /** Broker properties that stand above those of the helper. */
  readonly properties?: Readonly<Record<string, string | number>>;
  /** Heap of a node, 384 MB for one, 256 MB for each of a cluster. */
  readonly heapMb?: number;
  /**
   * One proxy for each node. Kafka tells clients where to connect, so a node gets one more listener which it advertises at the proxy's port:
   * whoever starts from `KafkaServer.proxied` is sent through the proxy for all that follows.
   */
  readonly proxies?: readonly TcpProxy[];
}

export type KafkaCluster = Cluster<KafkaServer>;

/** One node that is broker and controller. Throws where Kafka cannot be had: ask `kafkaServers` first. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  return only(await startNodes(1, options));
}

/** Topics have as many replicas as there are nodes, of which all but one must be in sync. */
export async function startKafkaCluster(count = 3, options: KafkaOptions = {}): Promise<KafkaCluster> {
  return clusterOf('kafka', await startNodes(count, options));
}

async function startNodes(count: number, options: KafkaOptions): Promise<readonly KafkaServer[]> {
  const installation = installed(await kafkaServers());
  const names = ['PLAINTEXT', ...(options.proxies ? ['PROXIED' as const] : []), ...(options.protocols ?? [])] as const;
  const controllers = await freePorts(count);
  const ports = (await freePorts(count * (names.length + 1))).filter((port) => !controllers.includes(port));
  const nodes: KafkaServer[] = [];
  for (let nodeId = 1; nodeId <= count; nodeId++) {
    const folder = dataFolder(`kafka-${nodeId}`);
    const certificates = options.protocols?.some((name) => name.endsWith('SSL'))
      ? await makeCertificates(folder)
      : undefined;
    const proxy = options.proxies?.[nodeId - 1];
    const listeners = names.map((name): KafkaListener => {
      const port = ports.pop() ?? 0;
      if (name !== 'PROXIED' || !proxy) return { name, port };
      proxy.target(port);
      return { name, port, advertisedPort: proxy.port };
    });
    const configuration: NodeConfiguration = {
      nodeId,
      controllers,
      data: join(folder, 'data'),
      listeners,
      ...(certificates ? { tls: certificates.server } : {}),
      ...(options.clientAuth ? { clientAuth: options.clientAuth } : {}),
      ...(options.properties ? { more: options.properties } : {}),
    };
    const heapMb = options.heapMb ?? (count === 1 ? 384 : 256);
    nodes.push(new KafkaServer(installation, configuration, folder, heapMb, certificates?.client));
  }
  return startAll(nodes);
}

export class KafkaServer extends ServerNode {
  readonly nodeId: number;
  readonly credentials: { readonly user: string; readonly password: string } = credentials;
  readonly #listeners: readonly KafkaListener[];

  constructor(
    { jars, archive, template }: KafkaInstallation,
    configuration: NodeConfiguration,
    folder: string,
    heapMb: number,
    tls: ClientTls | undefined,
  ) {
    const { nodeId, listeners } = configuration;
    const properties = join(folder, 'server.properties');
    super({
      scheme: 'kafka',
      command: 'java',
      args: [...kafkaArguments({ jars, archive, heapMb, main: 'kafka.Kafka' }), properties],
      readyLine,
      startMsMax,
      folder,
      port: portOf(listeners, 'PLAINTEXT'),
      proxyPort: listeners.find(({ name }) => name === 'PROXIED')?.advertisedPort,
      tls,
    });
    this.nodeId = nodeId;
    this.#listeners = listeners;
    identify(template, configuration);
    writeFileSync(properties, kafkaProperties(configuration));
  }

  /** The address of a listener that was asked for. */
  listener(protocol: SecureProtocol): string {
    return hostPort(portOf(this.#listeners, protocol));
  }
}

function portOf(listeners: readonly KafkaListener[], name: KafkaListener['name']): number {
  const listener = listeners.find((one) => one.name === name);
  if (!listener) throw new Error(`this node was started without a ${name} listener`);
  return listener.port;
}

/** A formatted data folder for this node: the template's, under a name of its own. */
function identify(template: string, { data, nodeId }: NodeConfiguration): void {
  mkdirSync(data);
  cpSync(template, data, { recursive: true });
  const directory = randomBytes(16);
  // A directory's name may not begin with a dash.
  directory[0] = (directory[0] ?? 0) & 0x7f;
  writeFileSync(
    join(data, 'meta.properties'),
    `version=1\ncluster.id=${clusterId}\nnode.id=${nodeId}\ndirectory.id=${directory.toString('base64url')}\n`,
  );
}

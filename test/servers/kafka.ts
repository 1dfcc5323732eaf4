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
import { dataFolder, freePorts, removeFolder, ServerProcess } from './process.ts';

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

export interface KafkaServer {
  readonly nodeId: number;
  readonly port: number;
  /** `127.0.0.1:port`, plain. */
  readonly servers: string;
  /** `kafka://127.0.0.1:port`. */
  readonly url: string;
  /** The same through the proxy; throws without one. */
  readonly proxied: { readonly servers: string; readonly url: string };
  readonly credentials: { readonly user: string; readonly password: string };
  /** PEM texts for clients of SSL and SASL_SSL; throws when no such listener was asked for. */
  readonly tls: ClientTls;
  readonly pid: number;
  /** The address of a listener that was asked for. */
  listener(protocol: SecureProtocol): string;
  output(): string;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts it again, killed or not: same ports, same data. Resolves when it takes requests. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export interface KafkaCluster {
  readonly nodes: readonly KafkaServer[];
  readonly servers: string;
  readonly url: string;
  readonly proxied: { readonly servers: string; readonly url: string };
  stop(): Promise<void>;
}

/** One node that is broker and controller. Throws where Kafka cannot be had: ask `kafkaServers` first. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const [node] = await startNodes(1, options);
  if (!node) throw new Error('no node was started');
  return node;
}

/** Topics have as many replicas as there are nodes, of which all but one must be in sync. */
export async function startKafkaCluster(count = 3, options: KafkaOptions = {}): Promise<KafkaCluster> {
  const nodes = await startNodes(count, options);
  const join = (parts: readonly string[]) => ({ servers: parts.join(','), url: `kafka://${parts.join(',')}` });
  return {
    nodes,
    ...join(nodes.map(({ servers }) => servers)),
    get proxied() {
      return join(nodes.map(({ proxied }) => proxied.servers));
    },
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

async function startNodes(count: number, options: KafkaOptions): Promise<readonly KafkaNode[]> {
  const installation = installed(await kafkaServers());
  const names = ['PLAINTEXT', ...(options.proxies ? ['PROXIED' as const] : []), ...(options.protocols ?? [])] as const;
  const controllers = await freePorts(count);
  const ports = (await freePorts(count * (names.length + 1))).filter((port) => !controllers.includes(port));
  const nodes: KafkaNode[] = [];
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
    nodes.push(new KafkaNode(installation, configuration, folder, heapMb, certificates?.client));
  }
  try {
    await Promise.all(nodes.map((node) => node.restart()));
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  }
  return nodes;
}

class KafkaNode implements KafkaServer {
  readonly credentials = credentials;
  readonly #installation: KafkaInstallation;
  readonly #configuration: NodeConfiguration;
  readonly #folder: string;
  readonly #heapMb: number;
  readonly #tls: ClientTls | undefined;
  #process: ServerProcess | undefined;

  constructor(
    installation: KafkaInstallation,
    configuration: NodeConfiguration,
    folder: string,
    heapMb: number,
    tls: ClientTls | undefined,
  ) {
    this.#installation = installation;
    this.#configuration = configuration;
    this.#folder = folder;
    this.#heapMb = heapMb;
    this.#tls = tls;
    identify(installation.template, configuration);
    writeFileSync(join(folder, 'server.properties'), kafkaProperties(configuration));
  }

  get nodeId(): number {
    return this.#configuration.nodeId;
  }

  get port(): number {
    return this.#port('PLAINTEXT');
  }

  get servers(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `kafka://${this.servers}`;
  }

  get proxied(): { readonly servers: string; readonly url: string } {
    const listener = this.#configuration.listeners.find(({ name }) => name === 'PROXIED');
    if (listener?.advertisedPort === undefined) throw new Error('this node was started without a proxy');
    const servers = `127.0.0.1:${listener.advertisedPort}`;
    return { servers, url: `kafka://${servers}` };
  }

  get tls(): ClientTls {
    if (!this.#tls) throw new Error('this node was started without a TLS listener');
    return this.#tls;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  listener(protocol: SecureProtocol): string {
    return `127.0.0.1:${this.#port(protocol)}`;
  }

  output(): string {
    return this.#process?.output() ?? '';
  }

  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.kill();
    const { jars, archive } = this.#installation;
    const args = kafkaArguments({ jars, archive, heapMb: this.#heapMb, main: 'kafka.Kafka' });
    this.#process = new ServerProcess('java', [...args, join(this.#folder, 'server.properties')], {
      cwd: this.#folder,
      outputFile: join(this.#folder, 'output.log'),
    });
    await this.#process.said(readyLine, startMsMax);
  }

  async stop(): Promise<void> {
    await this.kill();
    removeFolder(this.#folder);
  }

  #port(name: KafkaListener['name']): number {
    const listener = this.#configuration.listeners.find((one) => one.name === name);
    if (!listener) throw new Error(`this node was started without a ${name} listener`);
    return listener.port;
  }
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

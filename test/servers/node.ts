/**
 * One node of a server for tests, whatever it serves: a process with a folder and ports of its own that can be killed and started again, each time
 * on the same ports with the same data. Several of them make a cluster.
 */
import { join } from 'node:path';
import type { ClientTls } from './certificates.ts';
import { removeFolder, ServerProcess } from './process.ts';

type Scheme = 'kafka' | 'nats';

export interface Address {
  /** `127.0.0.1:port`, plain; those of a cluster with commas between them. */
  readonly servers: string;
  /** `kafka://127.0.0.1:port`, `nats://127.0.0.1:port`. */
  readonly url: string;
}

export interface NodeOptions {
  readonly scheme: Scheme;
  readonly command: string;
  readonly args: readonly string[];
  /** What it says when it takes requests, and how long that may take. */
  readonly readyLine: RegExp;
  readonly startMsMax: number;
  /** Holds all that is the node's own; `stop` removes it. */
  readonly folder: string;
  readonly port: number;
  readonly proxyPort: number | undefined;
  readonly tls: ClientTls | undefined;
}

export class ServerNode implements Address {
  readonly port: number;
  readonly servers: string;
  readonly url: string;
  readonly #options: NodeOptions;
  #process: ServerProcess | undefined;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.port = options.port;
    const { servers, url } = addressOf(options.scheme, [hostPort(options.port)]);
    this.servers = servers;
    this.url = url;
  }

  /** The same through the proxy; throws without one. */
  get proxied(): Address {
    const { scheme, proxyPort } = this.#options;
    if (proxyPort === undefined) throw new Error('this node was started without a proxy');
    return addressOf(scheme, [hostPort(proxyPort)]);
  }

  /** PEM texts for clients; throws when TLS was not asked for. */
  get tls(): ClientTls {
    if (!this.#options.tls) throw new Error('this node was started without TLS');
    return this.#options.tls;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  output(): string {
    return this.#process?.output() ?? '';
  }

  /** Until its output since its last start matches. */
  async said(pattern: RegExp, timeoutMs: number): Promise<void> {
    await this.#process?.said(pattern, timeoutMs);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
  }

  /** Starts it again, killed or not: same ports, same data. Resolves when it takes requests. */
  async restart(): Promise<void> {
    await this.kill();
    const { command, args, folder, readyLine, startMsMax } = this.#options;
    this.#process = new ServerProcess(command, args, { cwd: folder, outputFile: join(folder, 'output.log') });
    await this.said(readyLine, startMsMax);
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.kill();
    removeFolder(this.#options.folder);
  }
}

export interface Cluster<Node extends ServerNode> extends Address {
  readonly nodes: readonly Node[];
  /** The same through the proxies; throws without them. */
  readonly proxied: Address;
  stop(): Promise<void>;
}

/** Nodes that were started together. */
export function clusterOf<Node extends ServerNode>(scheme: Scheme, nodes: readonly Node[]): Cluster<Node> {
  return {
    nodes,
    ...addressOf(
      scheme,
      nodes.map(({ servers }) => servers),
    ),
    get proxied() {
      return addressOf(
        scheme,
        nodes.map(({ proxied }) => proxied.servers),
      );
    },
    stop: () => stopAll(nodes),
  };
}

/** Starts all of them at once; when one does not start, none is left running. */
export async function startAll<Node extends ServerNode>(nodes: readonly Node[]): Promise<readonly Node[]> {
  try {
    await Promise.all(nodes.map((node) => node.restart()));
  } catch (error) {
    await stopAll(nodes);
    throw error;
  }
  return nodes;
}

/** The node of a start that was for one. */
export function only<Node extends ServerNode>([node]: readonly Node[]): Node {
  if (!node) throw new Error('no node was started');
  return node;
}

async function stopAll(nodes: readonly ServerNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
}

export const hostPort = (port: number) => `127.0.0.1:${port}`;

function addressOf(scheme: Scheme, hostPorts: readonly string[]): Address {
  const servers = hostPorts.join(',');
  return { servers, url: `${scheme}://${servers}` };
}

/**
 * Which log a request is for.
 *
 * M1. A log is found by its path. Under a Host that is not the server's own, only logs that name this Host are found: with
 *     path `/` where the Host means one log alone, else with `/<namespace>/<name>` or the log's own path.
 * M2. The map is replaced as a whole: a request sees one table or the next one, never a mixture.
 */
import type { LogRoute, RoutingTable, SubscriptionRoute } from '@millrace/api';

export interface Address<T> {
  readonly route: LogRoute;
  readonly value: T;
}

/** Services of channels in a cluster: one that is not known is a channel that is gone, not a foreign host. */
const channelHost = /^[^.]+-kn-(?:jsm-)?channel\.[^.]+\.svc\.cluster\.local$/;

export class Addresses<T> {
  readonly #byPath = new Map<string, Address<T>>();
  /** By host name, then by path. */
  readonly #byHost = new Map<string, Map<string, Address<T>>>();
  readonly #byRootHost = new Map<string, Address<T>>();
  readonly #logs: RoutingTable['logs'];
  /** Made when it is first asked for, which it seldom is. */
  #names: ReadonlyMap<string, string> | undefined;

  constructor(table: RoutingTable, valueFor: (route: LogRoute) => T) {
    this.#logs = table.logs;
    for (const route of table.logs) {
      if (route.path === '') continue;
      const address = { route, value: valueFor(route) };
      this.#byPath.set(route.path, address);
      for (const host of route.hosts) {
        const paths = this.#pathsOf(host.toLowerCase());
        paths.set(route.path, address);
        paths.set(`/${route.namespace}/${route.name}`, address);
      }
      for (const host of route.rootHosts ?? []) this.#byRootHost.set(host.toLowerCase(), address);
    }
  }

  /** M1. `foreignHost`: the host name asked for, when it is not the server's own. */
  find(path: string, foreignHost: string | undefined): Address<T> | undefined {
    if (foreignHost === undefined) return this.#byPath.get(path);
    if (path === '/') return this.#byRootHost.get(foreignHost);
    return this.#byHost.get(foreignHost)?.get(path);
  }

  servesHost(hostname: string): boolean {
    return this.#byHost.has(hostname) || this.isRootHost(hostname);
  }

  /** The host name means one log alone, whether it is there or not. */
  isRootHost(hostname: string): boolean {
    return this.#byRootHost.has(hostname) || channelHost.test(hostname);
  }

  /** A cursor's name in words a person knows. */
  subscriptionName(cursor: string): string {
    this.#names ??= new Map(
      this.#logs.flatMap(({ subscriptions }) =>
        subscriptions.map((one) => [one.cursorName ?? one.uid, nameOf(one)] as const),
      ),
    );
    return this.#names.get(cursor) ?? `subscription ${cursor}`;
  }

  #pathsOf(host: string): Map<string, Address<T>> {
    const known = this.#byHost.get(host);
    if (known !== undefined) return known;
    const paths = new Map<string, Address<T>>();
    this.#byHost.set(host, paths);
    return paths;
  }
}

function nameOf({ kind, namespace, name }: SubscriptionRoute): string {
  return `${kind} ${namespace}/${name}`;
}

export type PathVerdict =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'root' }
  | { readonly kind: 'bad' };

const pathPattern = /^(?:\/channels|\/kafkasinks)?\/[^/]+\/[^/]+$/;

/**
 * `/<namespace>/<broker>`, `/channels/<namespace>/<name>` or `/kafkasinks/<namespace>/<name>`; one trailing slash is
 * tolerated, the query is ignored (design section 7).
 */
export function pathOf(target: string): PathVerdict {
  const query = target.indexOf('?');
  let path = query < 0 ? target : target.slice(0, query);
  if (path === '/' || path === '') return { kind: 'root' };
  if (path.endsWith('/')) path = path.slice(0, -1);
  return pathPattern.test(path) ? { kind: 'path', path } : { kind: 'bad' };
}

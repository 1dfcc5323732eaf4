/**
 * Which log a request is for.
 *
 * M1. A log is found by its path. Under a Host that is not the server's own, only logs that name this Host are found.
 * M2. The map is replaced as a whole: a request sees one table or the next one, never a mixture.
 */
import type { LogRoute, RoutingTable } from '@millrace/api';

export interface Address<T> {
  readonly route: LogRoute;
  readonly value: T;
}

export class Addresses<T> {
  readonly #byPath = new Map<string, Address<T>>();
  readonly #hosts = new Set<string>();
  readonly #names = new Map<string, string>();

  constructor(table: RoutingTable, valueFor: (route: LogRoute) => T) {
    for (const route of table.logs) {
      this.#byPath.set(route.path, { route, value: valueFor(route) });
      for (const host of route.hosts) this.#hosts.add(host.toLowerCase());
      for (const { uid, namespace, name } of route.subscriptions) this.#names.set(uid, `${namespace}/${name}`);
    }
  }

  /** M1. `foreignHost`: the host name asked for, when it is not the server's own. */
  find(path: string, foreignHost: string | undefined): Address<T> | undefined {
    const address = this.#byPath.get(path);
    if (address === undefined || foreignHost === undefined) return address;
    return address.route.hosts.some((host) => host.toLowerCase() === foreignHost) ? address : undefined;
  }

  servesHost(hostname: string): boolean {
    return this.#hosts.has(hostname);
  }

  /** A cursor's name in words a person knows. */
  subscriptionName(uid: string): string {
    const name = this.#names.get(uid);
    return name === undefined ? `subscription ${uid}` : `Trigger ${name}`;
  }
}

export type PathVerdict =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'root' }
  | { readonly kind: 'bad' };

const pathPattern = /^\/[^/]+\/[^/]+$/;

/** `/<namespace>/<name>`; one trailing slash is tolerated, the query is ignored (design section 7). */
export function pathOf(target: string): PathVerdict {
  const query = target.indexOf('?');
  let path = query < 0 ? target : target.slice(0, query);
  if (path === '/' || path === '') return { kind: 'root' };
  if (path.endsWith('/')) path = path.slice(0, -1);
  return pathPattern.test(path) ? { kind: 'path', path } : { kind: 'bad' };
}

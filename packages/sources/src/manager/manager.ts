/**
 * All sources of an installation, kept as the newest set of routes says.
 *
 * A1. A source is known by its object's UID: new ones are started, gone ones stopped, those whose route differs are updated,
 *     all others are not touched. Order among routes does not matter.
 * A2. What a source has under way is finished when it is changed or stopped; a stop that takes long holds up nobody.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SourceRoute } from '@millrace/api';
import { start as startCronJob } from '../cronjob/index.ts';
import {
  pathOf,
  type RunningGitHubSource,
  start as startGitHub,
  type WebhookAnswer,
  type WebhookRequest,
} from '../github/index.ts';
import { start as startPing } from '../ping/index.ts';
import type { SourcePorts, SourceView } from '../source.ts';

/** Paths that belong to the sources that receive, whether there is one or not. */
export const webhookPaths = /^\/github\/[^/]+\/[^/]+\/?$/;

/** The sources of an installation, from the outside. */
export interface SourceManager {
  /** Starts, changes and stops sources until they are those of `routes`. */
  apply(routes: readonly SourceRoute[]): void;
  /** Whether a path belongs to the sources that receive: then `receive` answers it, if only with 404. */
  receives(path: string): boolean;
  /** Hands a request to the source its path names. */
  receive(request: WebhookRequest): Promise<WebhookAnswer>;
  views(): readonly SourceView[];
  /** Stops all sources, then the emitter. Returns how many events could not be sent within `limitMs`. */
  stop(limitMs: number): Promise<number>;
}

/** A manager of no sources yet; `apply` starts them. */
export function createSourceManager(ports: SourcePorts): SourceManager {
  return new Manager(ports);
}

/** A source with its route: told apart by kind, so that each is updated with a route of its own kind. */
interface Entry {
  readonly route: SourceRoute;
  readonly source: AnySource;
}

interface AnySource {
  /** False when the route is of another kind: then it is another source. */
  update(route: SourceRoute): boolean;
  stop(): Promise<void>;
  view(): SourceView;
  readonly receiver?: RunningGitHubSource;
}

class Manager implements SourceManager {
  readonly #ports: SourcePorts;
  readonly #entries = new Map<string, Entry>();
  readonly #stopping = new Set<Promise<void>>();
  readonly #receivers = new Map<string, RunningGitHubSource>();
  #stopped = false;

  constructor(ports: SourcePorts) {
    this.#ports = ports;
  }

  apply(routes: readonly SourceRoute[]): void {
    if (this.#stopped) return;
    const wanted = new Map(routes.map((route) => [route.uid, route]));
    for (const [uid, { source }] of this.#entries) {
      if (wanted.has(uid)) continue;
      this.#entries.delete(uid);
      this.#end(source, () => this.#forget(source.view()));
    }
    for (const [uid, route] of wanted) this.#put(uid, route);
    this.#receivers.clear();
    for (const { route, source } of this.#entries.values()) {
      if (source.receiver) this.#receivers.set(pathOf(route.namespace, route.name), source.receiver);
    }
  }

  receives(path: string): boolean {
    return webhookPaths.test(path);
  }

  async receive(request: WebhookRequest): Promise<WebhookAnswer> {
    const receiver = this.#receivers.get(request.path.replace(/\/$/, ''));
    if (receiver) return receiver.receive(request);
    const error = `no GitHubSource at ${request.path.slice(0, 256)}: expected /github/<namespace>/<name> of one that exists`;
    return { statusCode: 404, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error }) };
  }

  views(): readonly SourceView[] {
    return [...this.#entries.values()].map(({ source }) => source.view());
  }

  async stop(limitMs: number): Promise<number> {
    this.#stopped = true;
    for (const { source } of this.#entries.values()) this.#end(source);
    const unsent = await this.#ports.emitter.close(limitMs);
    await Promise.all(this.#stopping);
    return unsent;
  }

  #put(uid: string, route: SourceRoute): void {
    const known = this.#entries.get(uid);
    if (known && isDeepStrictEqual(known.route, route)) return; // A1
    if (known?.source.update(route)) {
      this.#entries.set(uid, { route, source: known.source });
      return;
    }
    this.#entries.set(uid, { route, source: startSource(route, this.#ports) });
    if (known) this.#end(known.source);
  }

  /** A2 */
  #end(source: AnySource, ended: () => void = () => {}): void {
    const stopping = source.stop().finally(() => {
      this.#stopping.delete(stopping);
      ended();
    });
    this.#stopping.add(stopping);
  }

  /** Drops the metrics of an object that is gone, unless another one has its name by now. */
  #forget({ kind, namespace, name }: SourceView): void {
    const same = (view: SourceView) => view.kind === kind && view.namespace === namespace && view.name === name;
    if (!this.views().some(same)) this.#ports.metrics.forget({ kind, namespace, name });
  }
}

function startSource(route: SourceRoute, ports: SourcePorts): AnySource {
  switch (route.kind) {
    case 'PingSource':
      return wrap(route.kind, startPing(route, ports));
    case 'CronJobSource':
      return wrap(route.kind, startCronJob(route, ports));
    case 'GitHubSource': {
      const receiver = startGitHub(route, ports);
      return { ...wrap(route.kind, receiver), receiver };
    }
  }
}

type RouteOf<Kind extends SourceRoute['kind']> = Extract<SourceRoute, { readonly kind: Kind }>;

function wrap<Kind extends SourceRoute['kind']>(
  kind: Kind,
  source: { update?(route: RouteOf<Kind>): void; stop(): Promise<void>; view(): SourceView },
): AnySource {
  return {
    update(route) {
      if (route.kind !== kind || !source.update) return false;
      source.update(route as RouteOf<Kind>);
      return true;
    },
    stop: () => source.stop(),
    view: () => source.view(),
  };
}

/**
 * The resource store as a Kubernetes-compatible API: routes on the API server, and the shape of their errors.
 *
 * Source: design sections 5 and 6; the Kubernetes API concepts.
 */
import type { KindDefinition } from '@millrace/api';
import type { Clock, FastifyInstance, FastifyReply, Logger } from '@millrace/runtime';
import { silentLogger } from '@millrace/runtime';
import type { FastifyRequest } from 'fastify';
import { stringify as stringifyYaml } from 'yaml';
import type { ResourceStore } from '../store/store.ts';
import { type Accepted, type Form, negotiate } from './accept.ts';
import { ApiError, type StatusBody, statusOf, unknownPath } from './api-error.ts';
import type { RawBody } from './body.ts';
import {
  apiGroup,
  coreVersions,
  groupDiscovery,
  groupList,
  groupNames,
  resourceList,
  versionInfo,
} from './discovery.ts';
import { type ResourceApiLimits, resourceApiLimits } from './limits.ts';
import { openApiDocument, openApiIndex } from './open-api.ts';
import { createPresenter, type Presenter } from './presenter.ts';
import { flag, selectionOf, watchQuery } from './query.ts';
import { getObject, listPage } from './read.ts';
import { type CollectionTarget, type ObjectTarget, type Target, targetOf } from './target.ts';
import { Watches } from './watch.ts';
import { createObject, deleteCollection, deleteObject, patchObject, replaceObject, type Written } from './write.ts';

export interface ResourceApiDeps {
  readonly store: ResourceStore;
  /** For ages, bookmarks and time limits. */
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Millrace's own, shown at `/version`. */
  readonly version?: string;
  readonly limits?: Partial<ResourceApiLimits>;
}

const objectForms: readonly Form['kind'][] = ['object', 'table', 'metadata'];

/** Registers the API before `listen`. Watches end when the server closes. */
export function registerResourceApi(app: FastifyInstance, deps: ResourceApiDeps): void {
  app.register(async (inside) => {
    const api = new ResourceApi(deps);
    // Bodies are decoded by the handlers: what may come in depends on the method and is refused in Kubernetes' words.
    inside.removeAllContentTypeParsers();
    inside.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => body);
    inside.addHook('preClose', async () => api.watches.stop());
    inside.setErrorHandler((error, request, reply) => api.refuse(error, request, reply));
    for (const path of ['/api', '/api/*', '/apis', '/apis/*']) {
      inside.all(path, (request, reply) => api.serve(request, reply));
    }
    for (const path of ['/version', '/version/', '/openapi/*']) {
      inside.all(path, (request, reply) => api.describe(request, reply));
    }
  });
}

class ResourceApi {
  readonly watches: Watches;
  readonly #deps: ResourceApiDeps;
  readonly #logger: Logger;
  readonly #limits: ResourceApiLimits;

  constructor(deps: ResourceApiDeps) {
    this.#deps = deps;
    this.#logger = deps.logger ?? silentLogger;
    this.#limits = { ...resourceApiLimits, ...deps.limits };
    this.watches = new Watches({ ...deps, logger: this.#logger, limits: this.#limits });
  }

  async serve(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { path, query } = partsOf(request);
    const target = targetOf(path);
    if (target === undefined) throw unknownPath();
    if (target.kind === 'collection') return this.#collection(target, query, request, reply);
    if (target.kind === 'object') return this.#object(target, query, request, reply);
    return discover(target, request, reply);
  }

  async describe(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = partsOf(request).path.replace(/\/$/, '');
    requireGet(request, reply);
    const accepted = negotiate(request.headers.accept);
    if (path === '/version') return answer(reply, 200, versionInfo(this.#deps.version ?? '0.0.0'), accepted);
    if (path === '/openapi/v3') return answer(reply, 200, openApiIndex(), accepted);
    const inside = path.startsWith('/openapi/v3/') ? targetOf(path.slice('/openapi/v3'.length)) : undefined;
    if (inside?.kind !== 'resources') throw unknownPath();
    return answer(reply, 200, openApiDocument(inside.group, inside.version), accepted);
  }

  refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const status = statusOf(error, definitionOf(request)) ?? this.#internal(error, request);
    const { retryAfterSeconds } = status.details ?? {};
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    return answer(reply, status.code, status);
  }

  #internal(error: unknown, request: FastifyRequest): StatusBody {
    this.#logger.error('resource API request failed', { error, method: request.method, path: request.url });
    return new ApiError('InternalError', 'internal error: the request was not served').status;
  }

  async #collection(
    target: CollectionTarget,
    query: URLSearchParams,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { store } = this.#deps;
    const { accepted, presenter } = this.#negotiated(target, query, request);
    const writable = !target.definition.namespaced || target.namespace !== undefined;
    const write = { store, target, query, body: bodyOf(request) };
    switch (request.method) {
      case 'GET': {
        if (flag(query, 'watch')) return this.#watch(target, query, presenter, reply);
        const page = await listPage(store, target, query);
        return answer(reply, 200, presenter.list(page.items, page.metadata), accepted);
      }
      case 'POST': {
        if (!writable) break;
        const { code, object } = await createObject(write);
        return answer(reply, code, presenter.object(object), accepted);
      }
      case 'DELETE': {
        if (!writable) break;
        const page = await deleteCollection(write);
        return answer(reply, 200, presenter.list(page.items, page.metadata), accepted);
      }
    }
    throw notAllowed(reply, writable ? ['GET', 'POST', 'DELETE'] : ['GET']);
  }

  async #object(
    target: ObjectTarget,
    query: URLSearchParams,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { store } = this.#deps;
    const { accepted, presenter } = this.#negotiated(target, query, request);
    const write = { store, target, query, body: bodyOf(request) };
    const written = ({ code, object }: Written) => answer(reply, code, presenter.object(object), accepted);
    switch (request.method) {
      case 'GET':
        return written({ code: 200, object: await getObject(store, target) });
      case 'PUT':
        return written(await replaceObject(write));
      case 'PATCH':
        return written(await patchObject(write));
      case 'DELETE':
        if (target.subresource === undefined) return answer(reply, 200, await deleteObject(write), accepted);
    }
    throw notAllowed(reply, ['GET', 'PUT', 'PATCH', ...(target.subresource === undefined ? ['DELETE'] : [])]);
  }

  async #watch(
    target: CollectionTarget,
    query: URLSearchParams,
    presenter: Presenter,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const selection = selectionOf(target, query);
    const asked = watchQuery(query, this.#limits.watchTimeoutMsMax);
    const run = await this.watches.prepare({ target, selection, query: asked, presenter }, reply.raw);
    reply.hijack();
    await run();
    return reply;
  }

  #negotiated(
    target: CollectionTarget | ObjectTarget,
    query: URLSearchParams,
    request: FastifyRequest,
  ): { accepted: Accepted; presenter: Presenter } {
    const accepted = negotiate(request.headers.accept, objectForms);
    return { accepted, presenter: createPresenter({ target, form: accepted.form, query, clock: this.#deps.clock }) };
  }
}

function discover(
  target: Exclude<Target, CollectionTarget | ObjectTarget>,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  requireGet(request, reply);
  const aggregates = target.kind === 'core-versions' || target.kind === 'groups';
  const accepted = negotiate(request.headers.accept, aggregates ? ['object', 'group-discovery'] : ['object']);
  if (aggregates && accepted.form.kind === 'group-discovery') {
    const { v } = accepted.form;
    const groups = target.kind === 'core-versions' ? [''] : groupNames();
    // Clients tell the aggregated document by its content type. Sent as bytes, since fastify adds a charset to text.
    const type = `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`;
    return reply
      .code(200)
      .header('content-type', type)
      .send(Buffer.from(JSON.stringify(groupDiscovery(groups, v))));
  }
  switch (target.kind) {
    case 'core-versions':
      return answer(reply, 200, coreVersions(request.headers.host ?? ''), accepted);
    case 'groups':
      return answer(reply, 200, groupList(), accepted);
    case 'group':
      return answer(reply, 200, apiGroup(target.group), accepted);
    case 'resources':
      return answer(reply, 200, resourceList(target.group, target.version), accepted);
  }
}

function partsOf(request: FastifyRequest): { path: string; query: URLSearchParams } {
  const at = request.url.indexOf('?');
  if (at < 0) return { path: request.url, query: new URLSearchParams() };
  return { path: request.url.slice(0, at), query: new URLSearchParams(request.url.slice(at + 1)) };
}

function bodyOf(request: FastifyRequest): RawBody {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  return { contentType: request.headers['content-type'], bytes };
}

/** The kind a failed request was about, if its path names one. */
function definitionOf(request: FastifyRequest): KindDefinition | undefined {
  try {
    const target = targetOf(partsOf(request).path);
    return target?.kind === 'collection' || target?.kind === 'object' ? target.definition : undefined;
  } catch {
    return undefined;
  }
}

function requireGet(request: FastifyRequest, reply: FastifyReply): void {
  if (request.method !== 'GET') throw notAllowed(reply, ['GET']);
}

function notAllowed(reply: FastifyReply, methods: readonly string[]): ApiError {
  reply.header('allow', methods.join(', '));
  return new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

function answer(
  reply: FastifyReply,
  code: number,
  body: unknown,
  { media }: Pick<Accepted, 'media'> = { media: 'json' },
): FastifyReply {
  reply.code(code);
  if (media === 'yaml') return reply.header('content-type', 'application/yaml').send(stringifyYaml(body));
  return reply.header('content-type', 'application/json').send(JSON.stringify(body));
}

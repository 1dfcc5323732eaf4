/** Millrace's own paths on the API port: health, metrics, and what the client commands ask for. */
import { Readable } from 'node:stream';
import type { DeadLetterStore } from '@millrace/channel';
import type { FastifyInstance, FastifyReply } from '@millrace/runtime';
import type { ServerInfo } from '../client/api.ts';
import { readDeadLetters } from './dead-letters.ts';
import type { LiveFeed } from './live-feed.ts';
import { type OpenLog, readStored, type StoredQuery } from './stored-events.ts';

export interface MillraceApiDeps {
  readonly info: () => ServerInfo;
  readonly metricsText: () => Promise<string>;
  readonly metricsContentType: string;
  readonly feed: LiveFeed;
  /** Logs: all, or the one that is called so (`placeOf`). */
  readonly openLogs: (broker: string | undefined) => Promise<readonly OpenLog[]>;
  readonly deadLetters: DeadLetterStore;
  /** Ends what streams when the server ends. */
  readonly ending: AbortSignal;
}

export function registerMillraceApi(app: FastifyInstance, deps: MillraceApiDeps): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { ready, waitingFor } = deps.info();
    return reply
      .code(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'starting', ...(ready ? {} : { waitingFor }) });
  });
  app.get('/metrics', async (_request, reply) => reply.type(deps.metricsContentType).send(await deps.metricsText()));
  app.get('/millrace/v1/info', async () => deps.info());
  app.get('/millrace/v1/tail', (request, reply) => {
    const { broker, namespace, trigger } = request.query as Record<string, string | undefined>;
    const ended = new AbortController();
    const end = () => ended.abort();
    request.raw.socket.once('close', end);
    deps.ending.addEventListener('abort', end);
    const filter = { ...(broker && { broker }), ...(namespace && { namespace }), ...(trigger && { trigger }) };
    return streamLines(reply, deps.feed.stream(filter, ended.signal));
  });
  app.get('/millrace/v1/events', async (request, reply) => {
    const search = request.query as Record<string, string | undefined>;
    const query = queryOf(search);
    if (!query) return reply.code(400).send({ error: 'expected one of last=N, offset=N and id=ID' });
    const logs = await deps.openLogs(search['broker']);
    if (search['broker'] !== undefined && logs.length === 0)
      return reply
        .code(404)
        .send({ error: `there is no ${isBroker(search['broker']) ? 'broker ' : ''}${search['broker']}` });
    return streamLines(reply, readStored(logs, query));
  });
  app.get('/millrace/v1/dead-letters', async (request, reply) => {
    const { namespace, trigger, last } = request.query as Record<string, string | undefined>;
    const filter = {
      ...(namespace && { namespace }),
      ...(trigger && { trigger }),
      ...(last && { last: Number(last) }),
    };
    return streamLines(reply, readDeadLetters(deps.deadLetters, filter));
  });
}

/** A place without a kind before it. */
function isBroker(place: string): boolean {
  return place.split('/').length < 3;
}

function queryOf(search: Record<string, string | undefined>): StoredQuery | undefined {
  const { last, offset, id } = search;
  if (last !== undefined && /^\d{1,9}$/.test(last)) return { kind: 'last', count: Number(last) };
  if (offset !== undefined && /^\d{1,15}$/.test(offset)) return { kind: 'offset', offset: Number(offset) };
  return id === undefined ? undefined : { kind: 'id', id };
}

/** JSON lines as they come, with the reader's own pace as back-pressure. */
function streamLines(reply: FastifyReply, items: AsyncGenerator<unknown>): FastifyReply {
  async function* lines() {
    for await (const item of items) yield `${JSON.stringify(item)}\n`;
  }
  const stream = Readable.from(lines());
  // Headers go out at once: a reader of a quiet stream must know that it is connected.
  reply.raw.flushHeaders?.();
  return reply.type('application/x-ndjson').send(stream);
}

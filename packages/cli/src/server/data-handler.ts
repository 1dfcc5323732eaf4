/** The data port: webhooks for sources that receive, everything else for the brokers. */
import type { HttpHandler, HttpReply, HttpRequest, OriginGuard } from '@millrace/runtime';
import { errorReply } from '@millrace/runtime';
import type { SourceManager } from '@millrace/sources';

/** Sources as far as the data port knows them: here, or behind a thread. */
export type Receivers = Pick<SourceManager, 'receives' | 'receive'>;

export function createDataHandler(ingress: HttpHandler, sources: Receivers, guard: OriginGuard): HttpHandler {
  // Of the request before: most come for the same target, and each is asked about twice.
  let lastTarget = '';
  let isForSource = sources.receives('');
  const isReceived = (request: HttpRequest): boolean => {
    if (request.target !== lastTarget) {
      lastTarget = request.target;
      isForSource = sources.receives(pathOf(request));
    }
    return isForSource;
  };
  return {
    begin(request) {
      if (!isReceived(request)) return ingress.begin(request);
      const refusal = guard.check(request);
      return refusal && errorReply(refusal.statusCode, refusal.error);
    },
    handle(request, body) {
      if (!isReceived(request)) return ingress.handle(request, body);
      return receive(sources, request, body);
    },
  };
}

async function receive(sources: Receivers, request: HttpRequest, body: Uint8Array): Promise<HttpReply> {
  const answer = await sources.receive({
    method: request.method,
    path: pathOf(request),
    headers: headersOf(request.rawHeaders),
    body,
  });
  return { statusCode: answer.statusCode, headers: Object.entries(answer.headers).flat(), body: answer.body };
}

function pathOf(request: HttpRequest): string {
  const query = request.target.indexOf('?');
  return query < 0 ? request.target : request.target.slice(0, query);
}

/** Headers by lower-case name; of repeated ones the first counts. */
function headersOf(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < raw.length; index += 2)
    headers[(raw[index] as string).toLowerCase()] ??= raw[index + 1] as string;
  return headers;
}

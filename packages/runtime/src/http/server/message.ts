/** What passes between the server port and a handler: plain values, so that a handler can be driven without a socket. */

export interface HttpRequest {
  readonly method: string;
  /** The request target as it came, query included. */
  readonly target: string;
  /** Flat `[name, value, …]` as they came: any case, repeated ones apart. */
  readonly rawHeaders: readonly string[];
  /** The first `Host` header, or the host of an absolute target; empty when there is none. */
  readonly host: string;
  readonly origin: string | undefined;
}

export interface HttpReply {
  readonly statusCode: number;
  /** Flat `[name, value, …]`. `content-length`, `date` and the server's constant headers are added. */
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
}

export interface HttpHandler {
  /** Judges a request before its body is read. A reply from here refuses it with the body unread. */
  begin(request: HttpRequest): HttpReply | undefined;
  /** Serves a request with its whole body, which it may keep. */
  handle(request: HttpRequest, body: Uint8Array): HttpReply | Promise<HttpReply>;
}

const JSON_TYPE = ['content-type', 'application/json'];

/** An error as every surface gives it: `{"error": "…"}` in one line. */
export function errorReply(statusCode: number, error: string, headers: readonly string[] = []): HttpReply {
  return { statusCode, headers: [...JSON_TYPE, ...headers], body: `${JSON.stringify({ error })}\n` };
}

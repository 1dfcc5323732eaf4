/**
 * What is said to a peer whose bytes are not a request. Node's parser stops there, so each of these ends the connection.
 * Source: RFC 9110 and RFC 9112; codes of Node's parser.
 */
import { STATUS_CODES } from 'node:http';
import { errorReply, type HttpReply } from './message.ts';

/** Why a request was refused by the port itself: a label of metrics, so the set is closed. */
export type RefusalReason =
  | 'malformed'
  | 'header-too-large'
  | 'body-too-large'
  | 'too-slow'
  | 'too-many-requests'
  | 'expectation'
  | 'failed';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly reply: HttpReply;
}

/** The refusal for an error of the parser; undefined when there is nobody left to answer. */
export function refusalOf(error: { readonly code?: unknown; readonly reason?: unknown }): Refusal | undefined {
  const code = typeof error.code === 'string' ? error.code : '';
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        reason: 'header-too-large',
        reply: errorReply(431, 'the header of the request is larger than is taken here'),
      };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return {
        reason: 'body-too-large',
        reply: errorReply(413, 'the chunk extensions of the body are larger than is taken here'),
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { reason: 'too-slow', reply: errorReply(408, 'the request did not arrive in time') };
    default:
      return code.startsWith('HPE_') ? malformed(error.reason) : undefined;
  }
}

function malformed(reason: unknown): Refusal {
  // The parser's own words are short and name no byte of the request.
  const why = typeof reason === 'string' && reason !== '' ? `: ${reason}` : '';
  return { reason: 'malformed', reply: errorReply(400, `expected an HTTP/1.1 request${why}`) };
}

/** A reply as bytes, for a socket that has no response object any more. It ends the connection. */
export function rawReply(reply: HttpReply, constantHeaders: readonly string[]): string {
  const body = typeof reply.body === 'string' ? reply.body : '';
  let text = `HTTP/1.1 ${reply.statusCode} ${STATUS_CODES[reply.statusCode] ?? ''}\r\nconnection: close\r\n`;
  for (const headers of [constantHeaders, reply.headers ?? []]) {
    for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  }
  return `${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Sorts what can go wrong between here and an answer into the few kinds that matter for what happens next. */

/** Why no answer came: what the engine shows and counts. */
export type FailureKind = 'timeout' | 'unreachable' | 'reset' | 'bad-answer' | 'bad-target';

/** The peer said something that is not HTTP, or not what it announced. */
const BAD_ANSWER = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

/** The connection broke after it stood. */
const BROKEN = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

interface NodeError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly errors?: unknown;
}

function codeOf(error: unknown): string {
  const code = (error as NodeError | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** @param sent whether the request had been written to a connection. */
export function failureKind(error: unknown, sent: boolean): FailureKind {
  const code = codeOf(error);
  if (code === 'UND_ERR_INVALID_ARG') return 'bad-target';
  // By name: the parser's own codes do not always reach its errors.
  if ((error as NodeError | null)?.name === 'HTTPParserError' || BAD_ANSWER.has(code)) return 'bad-answer';
  if (code === 'UND_ERR_SOCKET' && /^bad (response|upgrade)$/.test(messageOf(error))) return 'bad-answer';
  return sent && (BROKEN.has(code) || code === '') ? 'reset' : 'unreachable';
}

function messageOf(error: unknown): string {
  const message = (error as NodeError | null)?.message;
  return typeof message === 'string' ? message : String(error);
}

/** The error in one line: its code, where there is one, and its words. Never a stack. */
export function failureText(error: unknown): string {
  const code = codeOf(error);
  const inner = (error as NodeError | null)?.errors;
  // A name with several addresses fails with one error for each; what they have in common is the code.
  const message = messageOf(error) || (Array.isArray(inner) ? inner.map(messageOf).join(', ') : '');
  const line = message.replace(/\s+/g, ' ').trim().slice(0, 300);
  return code === '' || line.includes(code) ? line : `${code}: ${line}`;
}

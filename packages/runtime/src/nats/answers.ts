/** What the client throws, as values (N1). */
import type { NatsAnswer, NatsRefused, NatsUnreachable } from './types.ts';

interface ApiError {
  readonly code?: number;
  readonly err_code?: number;
  readonly description?: string;
}

/** Refusals that pass by themselves: a leader is being chosen, a replica is behind, a batch before is not cleared away. */
const passingCodes = new Set([10_008, 10_009, 10_164, 10_176, 10_210]);

export function unreachable(reason: string): NatsUnreachable {
  return { kind: 'unreachable', reason };
}

function refused(error: ApiError): NatsRefused {
  const code = error.err_code ?? 0;
  return { kind: 'refused', code, reason: error.description ?? 'no reason given', passing: passingCodes.has(code) };
}

export function answerOfError(error: unknown): NatsRefused | NatsUnreachable {
  if (error instanceof Error && 'apiError' in error && typeof error.apiError === 'function') {
    return refused(error.apiError() as ApiError);
  }
  if (error instanceof Error && error.name === 'JetStreamNotEnabled') {
    return unreachable('JetStream does not answer: it is not enabled, or has no leader just now');
  }
  return unreachable(error instanceof Error ? error.message : String(error));
}

/** The body of a JetStream answer. */
export function parseAnswer<T>(data: Uint8Array): NatsAnswer<T> {
  try {
    const value = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()) as T & {
      error?: ApiError;
    };
    return value.error === undefined ? { kind: 'ok', value } : refused(value.error);
  } catch {
    return unreachable('the answer is not a JetStream answer');
  }
}

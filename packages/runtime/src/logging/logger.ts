/**
 * Two ways of writing diagnostics: lines for people and scripts, and JSON lines by pino for collectors.
 * Both write to the stream they are given (stderr), and neither throws when it is gone.
 */
import type { LogFields, Logger } from '../ports/index.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const rank: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** `write` takes one line without its end. */
export function createLineLogger(level: LogLevel, write: (line: string, level: LogLevel) => void): Logger {
  const at = (one: LogLevel) => (message: string, fields?: LogFields) => {
    if (rank[one] >= rank[level]) write(fields ? `${message} ${fieldsText(fields)}` : message, one);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** `key=value` with quotes where the value needs them. */
export function fieldsText(fields: LogFields): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const text = typeof value === 'string' ? value : value instanceof Error ? value.message : JSON.stringify(value);
    parts.push(`${key}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`);
  }
  return parts.join(' ');
}

/** JSON lines by pino. Loaded only when it is asked for. */
export async function createJsonLogger(level: LogLevel, stream: { write(text: string): void }): Promise<Logger> {
  const { pino } = await import('pino');
  const logger = pino({ level, base: { name: 'millrace' }, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  const at = (one: LogLevel) => (message: string, fields?: LogFields) => logger[one](fields ?? {}, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

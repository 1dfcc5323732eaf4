/**
 * Diagnostics as a port: a constant message and fields. Never the only trace of a lost event.
 * Goes to stderr; what a command prints as its result does not pass here.
 */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Drops everything: for tests and for parts that were given no logger. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

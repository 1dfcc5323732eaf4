/** How a command ends: exit codes that scripts can rely on, and the one error that a person sees. */

/** 0 ok, 1 failed, 2 usage, 3 absent or no match, 4 unreachable, 5 timeout. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, absent: 3, unreachable: 4, timeout: 5 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An error at the boundary: what was wrong, and what to do about it. Never shown with a stack. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

export const usageError = (message: string, hint?: string) => new CliError(exitCodes.usage, message, hint);
export const failed = (message: string, hint?: string) => new CliError(exitCodes.failed, message, hint);
export const absent = (message: string, hint?: string) => new CliError(exitCodes.absent, message, hint);
export const unreachable = (message: string, hint?: string) => new CliError(exitCodes.unreachable, message, hint);
export const timedOut = (message: string, hint?: string) => new CliError(exitCodes.timeout, message, hint);

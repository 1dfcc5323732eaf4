/** Runs a tool to its end; what it said is part of the error. */
import { spawn } from 'node:child_process';

/** How much of a tool's last words an error repeats. */
const saidMax = 600;

export class ToolError extends Error {}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** What the tool wrote, both streams. Throws a `ToolError` when it is missing, fails, or takes too long. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 600_000,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ToolError(error.code === 'ENOENT' ? `${command} is not installed` : `${command}: ${error.message}`)),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve(said);
      else reject(new ToolError(`${command} ended with ${signal ?? code}: ${said.trim().slice(-saidMax)}`));
    });
  });
}

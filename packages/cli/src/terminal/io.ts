/**
 * The terminal as a value: data goes to `out`, everything else to `err`.
 * A reader that went away (EPIPE) ends the command quietly, as `head` expects.
 */
import { type Colors, colorsFor } from './color.ts';

export interface OutStream {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width in characters; 80 where nobody knows. */
  readonly columns: number;
  readonly colors: Colors;
}

export interface Io {
  readonly out: OutStream;
  readonly err: OutStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Whether a person can be asked: stdin is a terminal. */
  readonly canAsk: boolean;
  /** All of standard input, for `-`. */
  readInput(): Promise<Buffer>;
}

export type ColorFlag = 'auto' | 'always' | 'never';

export function processIo(color: ColorFlag): Io {
  return {
    out: outStream(process.stdout, color),
    err: outStream(process.stderr, color),
    env: process.env,
    cwd: process.cwd(),
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
  };
}

/** Called once at the start: a closed pipe is not an error of ours. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  process.stderr.on('error', () => {
    // Nobody reads diagnostics any more; there is no other place to say so.
  });
}

function outStream(stream: NodeJS.WriteStream, color: ColorFlag): OutStream {
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 80;
    },
    colors: colorsFor(color, process.env, stream.isTTY === true),
  };
}

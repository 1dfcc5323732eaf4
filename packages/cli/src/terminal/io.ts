/**
 * The terminal as a value: data goes to `out`, everything else to `err`.
 * A reader that went away (EPIPE) ends the command quietly, as `head` expects.
 */
import { createInterface } from 'node:readline';
import { type Colors, colorsFor } from './color.ts';
import { statusLine } from './status-line.ts';

export interface OutStream {
  write(text: string): void;
  /** On a terminal, a line that stays below what is written until it is replaced or taken away; elsewhere nothing. */
  status(text: string | undefined): void;
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
  /** One line from the person at the terminal; undefined when there is none, or when the wait is aborted. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
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
    ask: (question, signal) => askOnTerminal(question, signal),
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
  const isTTY = stream.isTTY === true;
  const columns = () => stream.columns ?? 80;
  const write = (text: string) => void stream.write(text);
  return {
    ...(isTTY ? statusLine(write, columns) : { write, status: () => undefined }),
    isTTY,
    get columns() {
      return columns();
    },
    colors: colorsFor(color, process.env, isTTY),
  };
}

/** The terminal's own line editing: Ctrl-C stays a signal, and Ctrl-D is no answer. */
function askOnTerminal(question: string, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, terminal: false });
    const end = () => lines.close();
    signal.addEventListener('abort', end);
    let answer: string | undefined;
    lines.once('line', (line) => {
      answer = line;
      lines.close();
    });
    lines.once('close', () => {
      signal.removeEventListener('abort', end);
      process.stdin.unref?.();
      resolve(answer);
    });
    process.stderr.write(question);
  });
}

/** Bytes over a socket, and the answers that come back: what no HTTP client would send. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names; repeated ones joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Splits what a server sent into answers. Knows Content-Length only: the server port announces every length. */
function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest.startsWith('HTTP/1.1 ')) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    const [line = '', ...fields] = rest.slice(0, end).split('\r\n');
    const headers: Record<string, string> = {};
    for (const field of fields) {
      const colon = field.indexOf(':');
      const name = field.slice(0, colon).toLowerCase();
      const value = field.slice(colon + 1).trim();
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
    const length = Number(headers['content-length'] ?? 0);
    const body = rest.slice(end + 4, end + 4 + length);
    answers.push({ status: Number(line.split(' ')[1]), headers, body });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

export interface RawConnection {
  readonly socket: Socket;
  readonly text: () => string;
  readonly answers: () => RawAnswer[];
  /** Resolves when the server has ended the connection, cleanly or not. */
  readonly closed: Promise<'end' | 'reset'>;
}

export function rawConnect(port: number): RawConnection {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  const closed = new Promise<'end' | 'reset'>((resolve) => {
    socket.on('end', () => resolve('end'));
    socket.on('error', () => resolve('reset'));
    socket.on('close', () => resolve('end'));
  });
  return { socket, text: () => text, answers: () => answersIn(text), closed };
}

/** Sends the bytes and gives what came until the server ended the connection. */
export async function rawExchange(port: number, bytes: string | Uint8Array): Promise<RawAnswer[]> {
  const connection = rawConnect(port);
  connection.socket.write(bytes);
  await connection.closed;
  connection.socket.destroy();
  return connection.answers();
}

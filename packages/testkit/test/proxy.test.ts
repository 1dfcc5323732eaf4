/** The proxy keeps bytes whole and in order, and does to a network what it says. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TcpProxy, waitFor } from '../src/index.ts';

let proxy: TcpProxy;
let server: Server;
/** Sockets as the server sees them. */
let accepted: Socket[];
const clients: Socket[] = [];

beforeEach(async () => {
  accepted = [];
  // An echo that ends when its client ends.
  server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await TcpProxy.start();
  proxy.target((server.address() as AddressInfo).port);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.stop();
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

interface Client {
  readonly socket: Socket;
  text(): string;
  /** How the connection ended: `open`, `end`, or the code of the error. */
  state(): string;
}

async function open(): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  const chunks: Buffer[] = [];
  let state = 'open';
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('end', () => {
    state = 'end';
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    state = error.code ?? 'error';
  });
  // A refused connection may be reset before it is seen to be open.
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return { socket, text: () => Buffer.concat(chunks).toString('latin1'), state: () => state };
}

const answered = (client: Client, text: string) =>
  waitFor(`the answer ${text}`, () => client.text() === text, { timeoutMs: 5_000 });

/** Long enough for bytes on the loopback to arrive, if they were going to. */
const silence = () => new Promise((resolve) => setTimeout(resolve, 150));

describe('a good network', () => {
  test('bytes pass both ways and the end of one direction passes by itself', async () => {
    const client = await open();
    client.socket.end('hello');
    await answered(client, 'hello');
    await waitFor('the end', () => client.state() === 'end');
    await waitFor('nothing is left', () => proxy.connections === 0);
  });

  test('32 MiB arrive whole and in order, more than a direction may hold', async () => {
    const client = await open();
    const bytes = Buffer.alloc(32 * 1024 * 1024, 0);
    for (let at = 0; at + 4 <= bytes.length; at += 4096) bytes.writeUInt32BE(at, at);
    client.socket.end(bytes);
    await waitFor('all is back', () => client.state() === 'end', { timeoutMs: 15_000 });
    expect(Buffer.from(client.text(), 'latin1').equals(bytes)).toBe(true);
  });
});

describe('a slow network', () => {
  test('a delay counts each way, and what is sent together arrives together', async () => {
    proxy.delay(100);
    const client = await open();
    const startMs = performance.now();
    for (let n = 0; n < 10; n++) client.socket.write(`${n}`);
    await answered(client, '0123456789');
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(199);
    expect(tookMs).toBeLessThan(1_500);
  });

  test('what comes after a delay ended does not overtake what is still on its way', async () => {
    proxy.delay(200);
    const client = await open();
    client.socket.write('slow ');
    await silence();
    proxy.delay(0);
    client.socket.write('quick');
    await answered(client, 'slow quick');
  });
});

describe('a broken network', () => {
  test('cut resets all connections on both sides and serves new ones', async () => {
    const [first, second] = [await open(), await open()];
    await waitFor('both are served', () => accepted.length === 2);
    proxy.cut();
    await waitFor('both are reset', () => first.state() === 'ECONNRESET' && second.state() === 'ECONNRESET');
    await waitFor('the server knows', () => accepted.every(({ destroyed }) => destroyed));
    const third = await open();
    third.socket.write('again');
    await answered(third, 'again');
    expect(proxy).toMatchObject({ accepted: 3, connections: 1 });
  });

  test('hold lets nothing pass on old and new connections, and loses nothing', async () => {
    const first = await open();
    first.socket.write('a');
    await answered(first, 'a');
    proxy.hold();
    first.socket.write('b');
    const second = await open();
    second.socket.write('c');
    await silence();
    expect([first.text(), second.text()]).toEqual(['a', '']);
    proxy.resume();
    await answered(first, 'ab');
    await answered(second, 'c');
    expect(first.state()).toBe('open');
  });

  test('hold reads no more than its limit', async () => {
    proxy.hold();
    const client = await open();
    const bytes = 64 * 1024 * 1024;
    client.socket.write(Buffer.alloc(bytes));
    await silence();
    expect(client.socket.bytesWritten - client.socket.writableLength).toBeLessThan(bytes);
    client.socket.destroy();
  });

  test('refuse ends what is open and resets what comes, until resume', async () => {
    const before = await open();
    proxy.refuse();
    await waitFor('it is reset', () => before.state() === 'ECONNRESET');
    const during = await open();
    await waitFor('it is reset too', () => during.state() !== 'open');
    proxy.resume();
    const after = await open();
    after.socket.write('back');
    await answered(after, 'back');
  });

  test('a server that is gone resets its clients', async () => {
    const client = await open();
    await waitFor('it is served', () => accepted.length === 1);
    accepted[0]?.resetAndDestroy();
    await waitFor('it is reset', () => client.state() === 'ECONNRESET');
    expect(proxy.connections).toBe(0);
  });

  test('without a target connections are reset', async () => {
    const lonely = await TcpProxy.start();
    const socket = connect(lonely.port, '127.0.0.1');
    const code = await new Promise((resolve) =>
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code)),
    );
    expect(code).toBe('ECONNRESET');
    await lonely.stop();
  });
});

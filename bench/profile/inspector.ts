/**
 * Speaks to the inspector of another Node process: takes a CPU profile of its main thread and of each of its workers,
 * for exactly as long as the work that is measured.
 */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** As V8 gives it. Times are microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

export interface ThreadProfile {
  readonly thread: string;
  readonly profile: CpuProfile;
}

/** Short enough to see what a hop is made of, and long enough to add only a few per cent to it. */
const SAMPLE_MICROSECONDS = 250;
const CONNECT_MS_MAX = 10_000;

/** Flags for Node and the port they open its inspector on. */
export async function inspectorFlags(): Promise<{ readonly flags: readonly string[]; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));
  // What it would say on stderr about itself is of no use to anyone here.
  return { flags: [`--inspect=127.0.0.1:${port}`, '--inspect-publish-uid=http'], port };
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, PromiseWithResolvers<unknown>>();
  /** Worker threads by session: their names. */
  readonly #workers = new Map<string, string>();
  #next = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data)), ''));
  }

  static async connect(port: number): Promise<Inspector> {
    const url = await addressOf(port);
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error(`the inspector at ${url} does not answer`)));
    });
    const inspector = new Inspector(socket);
    await inspector.#call('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return inspector;
  }

  /** Profiles of all threads that run JavaScript, over the time that `work` takes. */
  async profile<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly threads: readonly ThreadProfile[] }> {
    const sessions = ['', ...this.#workers.keys()];
    for (const session of sessions) {
      await this.#call('Profiler.enable', {}, session);
      await this.#call('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS }, session);
      await this.#call('Profiler.start', {}, session);
    }
    const result = await work();
    const threads: ThreadProfile[] = [];
    for (const session of sessions) {
      const { profile } = (await this.#call('Profiler.stop', {}, session)) as { profile: CpuProfile };
      threads.push({ thread: session === '' ? 'main thread' : (this.#workers.get(session) ?? 'worker'), profile });
    }
    return { result, threads };
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string, params: object, session = ''): Promise<unknown> {
    const id = this.#next++;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(`${session}/${id}`, answer);
    const message = JSON.stringify({ id, method, params });
    if (session === '') this.#socket.send(message);
    else
      this.#call('NodeWorker.sendMessageToWorker', { sessionId: session, message }).catch((error) =>
        answer.reject(error),
      );
    return answer.promise;
  }

  #take({ id, result, error, method, params = {} }: Answer, session: string): void {
    if (id !== undefined) {
      const key = `${session}/${id}`;
      const answer = this.#waiting.get(key);
      this.#waiting.delete(key);
      if (error) answer?.reject(new Error(`the inspector answered: ${error.message}`));
      else answer?.resolve(result);
    } else if (method === 'NodeWorker.attachedToWorker') {
      const { title } = params['workerInfo'] as { title: string };
      this.#workers.set(String(params['sessionId']), title);
    } else if (method === 'NodeWorker.detachedFromWorker') this.#workers.delete(String(params['sessionId']));
    else if (method === 'NodeWorker.receivedMessageFromWorker')
      this.#take(JSON.parse(String(params['message'])), String(params['sessionId']));
  }
}

async function addressOf(port: number): Promise<string> {
  const untilMs = performance.now() + CONNECT_MS_MAX;
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/json/list`);
      const [target] = (await response.json()) as readonly { webSocketDebuggerUrl?: string }[];
      if (target?.webSocketDebuggerUrl) return target.webSocketDebuggerUrl;
    } catch {
      // It is not there yet.
    }
    if (performance.now() > untilMs) throw new Error(`there is no inspector at port ${port}`);
    await sleep(50);
  }
}

/** A subscriber of one test: an address of the shared sink, what came to it, and how it answers. */
import type { ServerResponse } from 'node:http';
import { waitFor } from '@millrace/testkit';
import { type Received, Sink } from '../../support/sink.ts';
import { binaryHeaders } from './events.ts';

/** Answers request number `attempt` (from 1) of this address. */
export type Behaviour = (response: ServerResponse, attempt: number, received: Received) => void;

const deliveryMsMax = 12_000;

/** Answers with one status, and a body if one is given. */
export function status(code: number, body = '', headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (response) => void response.writeHead(code, headers).end(body);
}

/** Refuses the first requests and takes those after them. */
export function failFirst(failures: number, code = 500): Behaviour {
  return (response, attempt) => void response.writeHead(attempt <= failures ? code : 204).end();
}

/** Answers with an event in binary mode. */
export function reply(
  attributes: Readonly<Record<string, string>>,
  data = '',
  code = 200,
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  const event = { specversion: '1.0', source: '/reply', ...attributes };
  return (response, _attempt, received) =>
    void response.writeHead(code, { ...binaryHeaders({ id: `${received.id}-reply`, ...event }), ...headers }).end(data);
}

export class Probe {
  readonly url: string;
  readonly received: Received[] = [];
  behaviour: Behaviour;
  readonly #path: string;
  /** How many requests there were when a test said that there are no more. */
  #final: number | undefined;

  constructor(origin: string, path: string, behaviour: Behaviour) {
    this.url = origin + path;
    this.#path = path;
    this.behaviour = behaviour;
  }

  /** Waits for that many requests. */
  async atLeast(count: number, what = '', timeoutMs = deliveryMsMax): Promise<readonly Received[]> {
    try {
      await waitFor(`${count} requests at ${this.#path} ${what}`, () => this.received.length >= count, { timeoutMs });
    } catch (error) {
      throw new Error(`${(error as Error).message}; ${this.received.length} came`);
    }
    return this.received;
  }

  /** Waits for that many requests; one more, until the end of the run, fails the run. */
  async exactly(count: number, what = ''): Promise<readonly Received[]> {
    await this.atLeast(count, what);
    if (this.received.length > count)
      throw new Error(`${this.#path} ${what}: expected ${count} requests, ${this.received.length} came`);
    this.#final = count;
    return this.received;
  }

  async one(what = ''): Promise<Received> {
    const [first] = await this.exactly(1, what);
    return first as Received;
  }

  /** What came after a test had said that nothing more comes. */
  late(): string | undefined {
    const extra = this.received.slice(this.#final ?? Number.POSITIVE_INFINITY);
    if (extra.length === 0) return undefined;
    return `${this.#path}: ${this.#final} expected, ${extra.length} more came: ${extra.map(({ id }) => id).join(', ')}`;
  }
}

export class Probes {
  readonly #sink = new Sink();
  readonly #byPath = new Map<string, Probe>();
  #origin = '';

  async start(): Promise<void> {
    this.#sink.keep = false;
    this.#sink.answer = (received, response) => {
      const probe = this.#byPath.get(received.path);
      if (!probe) return void response.writeHead(410).end(`nobody listens at ${received.path}`);
      probe.received.push(received);
      probe.behaviour(response, probe.received.length, received);
    };
    this.#origin = await this.#sink.start();
  }

  get origin(): string {
    return this.#origin;
  }

  add(path: string, behaviour: Behaviour = status(204)): Probe {
    const probe = new Probe(this.#origin, path, behaviour);
    this.#byPath.set(path, probe);
    return probe;
  }

  late(): readonly string[] {
    return [...this.#byPath.values()].flatMap((probe) => probe.late() ?? []);
  }

  stop(): Promise<void> {
    return this.#sink.stop();
  }
}

/** Steps, filters and ends of flows on one sink: what each got, and how it answers. */
import type { ServerResponse } from 'node:http';
import { type Received, Sink } from '../support/sink.ts';

type Behaviour = (received: Received, response: ServerResponse) => void;

export class Subscribers {
  readonly #sink = new Sink();
  readonly #behaviours = new Map<string, Behaviour>();
  /** What came to each name, by the id of the event: its data, as often as it came. */
  readonly #came = new Map<string, Map<string, string[]>>();
  #origin = '';

  async start(): Promise<void> {
    this.#sink.keep = false;
    this.#sink.answer = (received, response) => {
      const name = received.path.slice(1);
      const came = this.of(name);
      const data = came.get(received.id) ?? [];
      data.push(received.body.toString());
      came.set(received.id, data);
      const behaviour = this.#behaviours.get(name);
      if (behaviour) behaviour(received, response);
      else response.writeHead(204).end();
    };
    this.#origin = await this.#sink.start();
  }

  stop(): Promise<void> {
    return this.#sink.stop();
  }

  of(name: string): Map<string, string[]> {
    const known = this.#came.get(name) ?? new Map<string, string[]>();
    this.#came.set(name, known);
    return known;
  }

  counts(name: string): ReadonlyMap<string, number> {
    return new Map([...this.of(name)].map(([id, data]) => [id, data.length]));
  }

  /** Takes what comes. */
  end(name: string): { readonly uri: string } {
    return { uri: `${this.#origin}/${name}` };
  }

  /** Answers after a while with the event, its name put to the end of the data. */
  appending(name: string, delayMs = 0): { readonly uri: string } {
    this.#behaviours.set(name, (received, response) => {
      const answer = () => response.writeHead(200, headersOf(received)).end(`${received.body}>${name}`);
      if (delayMs > 0) setTimeout(answer, delayMs);
      else answer();
    });
    return this.end(name);
  }

  /** Answers with the event itself when it wants it, else with nothing. */
  filtering(name: string, wants: (received: Received) => boolean): { readonly uri: string } {
    this.#behaviours.set(name, (received, response) => {
      if (wants(received)) response.writeHead(200, headersOf(received)).end(received.body);
      else response.writeHead(204).end();
    });
    return this.end(name);
  }
}

function headersOf(received: Received): Record<string, string> {
  return {
    'ce-specversion': '1.0',
    'ce-id': received.id,
    'ce-type': received.type,
    'ce-source': String(received.headers['ce-source'] ?? ''),
    'content-type': String(received.headers['content-type'] ?? 'text/plain'),
  };
}

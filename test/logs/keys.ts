/**
 * Ten thousand keys in ordered mode, one of which fails: the sender, the subscriber, and what is wrong with what came.
 *
 * Events are numbered within their key. All first events are acknowledged before any second one is sent, so that the order of
 * acknowledgement within a key is that of the numbers.
 */
import { Pool } from 'undici';
import { broker, documents, trigger, uri } from '../support/manifests.ts';
import type { Received, Sink } from '../support/sink.ts';

export const stuckKey = 'stuck';
export const maxInFlight = 64;

/** Events of a request, and requests under way. */
const batchEvents = 200;
const connections = 4;
/** Refusals for now that are put up with in a row: the log of a server may be slow to begin. */
const refusalsMax = 300;
const afterRefusalMs = 100;

export function manifestFor(sinkUrl: string): string {
  return documents(
    broker('keys'),
    trigger('keys', {
      broker: 'keys',
      annotations: `{ kafka.eventing.knative.dev/delivery.order: ordered, millrace.dev/max-in-flight: "${maxInFlight}" }`,
      subscriber: uri(`${sinkUrl}/keys`),
      delivery: '{ retry: 100, backoffPolicy: linear, backoffDelay: PT4S, timeout: PT30S, format: binary }',
    }),
  );
}

export interface Load {
  /** Keys that do well, with so many events each. */
  readonly keys: number;
  readonly eventsPerKey: number;
  /** Events of the key that fails, spread evenly over all others. */
  readonly stuckEvents: number;
}

/** One key's next event. */
interface Numbered {
  readonly key: string;
  readonly number: number;
}

/** The order of sending: rounds over all keys, those of the key that fails in between. */
function* rounds({ keys, eventsPerKey, stuckEvents }: Load, first: number): Generator<readonly Numbered[]> {
  let stuck = 0;
  for (let number = 0; number < eventsPerKey; number++) {
    const round: Numbered[] = [];
    for (let key = 0; key < keys; key++) {
      round.push({ key: `key-${key}`, number: first + number });
      const due = ((number * keys + key + 1) * stuckEvents) / (keys * eventsPerKey);
      while (stuck < due) round.push({ key: stuckKey, number: stuck++ });
    }
    yield round;
  }
}

/**
 * Sends all of it in batches and resolves when all is acknowledged. Events of the key that fails go over one connection.
 * `first`: the number of each key's first event, after an earlier load.
 */
export async function send(dataUrl: string, load: Load, first = 0): Promise<void> {
  const pool = new Pool(dataUrl, { connections, pipelining: 1 });
  try {
    for (const round of rounds(load, first)) {
      const queue = batches(round.filter(({ key }) => key !== stuckKey)).values();
      const worker = async () => {
        for (const batch of queue) await post(pool, batch);
      };
      const stuck = async () => {
        for (const batch of batches(round.filter(({ key }) => key === stuckKey))) await post(pool, batch);
      };
      await Promise.all([stuck(), ...Array.from({ length: connections - 1 }, worker)]);
    }
  } finally {
    await pool.close();
  }
}

function batches(events: readonly Numbered[]): readonly (readonly Numbered[])[] {
  const count = Math.ceil(events.length / batchEvents);
  return Array.from({ length: count }, (_, index) => events.slice(index * batchEvents, (index + 1) * batchEvents));
}

async function post(pool: Pool, batch: readonly Numbered[]): Promise<void> {
  const events = batch.map(({ key, number }) => ({
    specversion: '1.0',
    id: `${key}/${number}`,
    type: 'numbered',
    source: '/keys',
    partitionkey: key,
    data: { number },
  }));
  for (let refusals = 0; ; refusals++) {
    const { statusCode, body } = await pool.request({
      path: '/default/keys',
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: JSON.stringify(events),
    });
    const said = await body.text();
    if (statusCode === 202) return;
    if ((statusCode !== 429 && statusCode !== 503) || refusals === refusalsMax)
      throw new Error(`a batch was answered with ${statusCode}: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, afterRefusalMs));
  }
}

/** What came to the subscriber: the numbers of each key, in the order in which they were begun, repeats included. */
export class Arrivals {
  readonly byKey = new Map<string, number[]>();
  /** Deliveries of keys that do well. */
  count = 0;
  /** The key that fails is taken from now on. */
  healed = false;

  constructor(sink: Sink) {
    sink.keep = false;
    sink.answer = (received, response) => {
      const key = this.#note(received);
      response.writeHead(key === stuckKey && !this.healed ? 500 : 204).end();
    };
  }

  of(key: string): readonly number[] {
    return this.byKey.get(key) ?? [];
  }

  #note({ id }: Received): string {
    const [key = '', number] = id.split('/');
    const numbers = this.byKey.get(key) ?? [];
    this.byKey.set(key, numbers);
    numbers.push(Number(number));
    if (key !== stuckKey) this.count++;
    return key;
  }
}

/** Which of the keys that do well did not get all their events, once each and in order: a line each. */
export function disturbed(load: Load, arrivals: Pick<Arrivals, 'of'>): readonly string[] {
  const wanted = Array.from({ length: load.eventsPerKey }, (_, number) => number).join();
  return Array.from({ length: load.keys }, (_, index) => `key-${index}`).flatMap((key) => {
    const came = arrivals.of(key).join();
    return came === wanted ? [] : [`${key}: ${came || 'nothing'}`];
  });
}

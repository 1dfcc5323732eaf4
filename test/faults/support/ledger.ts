/**
 * The sender of a fault test and its ledger: numbered events for each key, one under way at a time, and what became of each written down
 * before anything is judged. A number is never sent twice: one without an answer may arrive or not, and the next number takes its turn.
 */
import { Pool } from 'undici';

export interface Sent {
  readonly id: string;
  readonly key: string;
  /** Numbers of a key grow by one with each event. */
  readonly number: number;
  readonly sentMs: number;
  /** When 202 came; absent when anything else came, or nothing. */
  acknowledgedMs?: number;
}

/** Every event that was sent, by id. */
export type Ledger = ReadonlyMap<string, Sent>;

export interface TrafficOptions {
  /** Goes before each id, so that runs on the same server are told apart. */
  readonly prefix: string;
  readonly keys: number;
  /** Between two events of one key. */
  readonly everyMs: number;
  /** Where ingress is now: origins such as `http://127.0.0.1:8080`; keys are spread over them, and move on when one fails. */
  readonly targets: () => readonly string[];
  readonly path: string;
}

const typeOf = (number: number) => (number % 2 === 0 ? 'even' : 'odd');

/** After a refusal the next number waits that long, so that an outage does not use up numbers by the thousand. */
const afterFailureMs = 100;
/** Longer than any promise of ours: what has no answer by then never gets one. */
const answerMsMax = 40_000;

export class Traffic {
  readonly #options: TrafficOptions;
  readonly #ledger = new Map<string, Sent>();
  /** When the last acknowledged event of each key was sent. */
  readonly #latest = new Map<string, number>();
  readonly #pools = new Map<string, Pool>();
  #acknowledged = 0;
  #going = false;
  #workers: readonly Promise<void>[] = [];
  /** Answers that were neither 202 nor a refusal a sender should expect. */
  readonly unexpectedAnswers: string[] = [];

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Whether each key has an event that was sent since then and acknowledged. */
  isAcknowledgedSince(sinceMs: number): boolean {
    return this.#latest.size === this.#options.keys && [...this.#latest.values()].every((sentMs) => sentMs >= sinceMs);
  }

  start(): void {
    this.#going = true;
    this.#workers = Array.from({ length: this.#options.keys }, (_, index) => this.#sendKey(index));
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#workers);
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  async #sendKey(index: number): Promise<void> {
    const key = `k${index}`;
    let turn = index;
    for (let number = 0; this.#going; number++) {
      const sent: Sent = { id: `${this.#options.prefix}-${key}-${number}`, key, number, sentMs: performance.now() };
      const targets = this.#options.targets();
      const target = targets[turn % Math.max(1, targets.length)];
      if (target !== undefined) this.#ledger.set(sent.id, sent);
      if (target !== undefined && (await this.#post(target, sent))) {
        sent.acknowledgedMs = performance.now();
        this.#acknowledged++;
        this.#latest.set(key, sent.sentMs);
      } else {
        turn++;
        await pause(afterFailureMs);
      }
      await pause(this.#options.everyMs);
    }
  }

  /** Whether it was acknowledged. */
  async #post(target: string, sent: Sent): Promise<boolean> {
    try {
      const answer = await this.#pool(target).request({
        path: this.#options.path,
        method: 'POST',
        headers: {
          'ce-specversion': '1.0',
          'ce-id': sent.id,
          'ce-type': typeOf(sent.number),
          'ce-source': '/faults',
          'ce-partitionkey': sent.key,
          'content-type': 'application/json',
        },
        body: `{"number":${sent.number},"fill":"${'x'.repeat(900)}"}`,
      });
      const said = await answer.body.text();
      if (answer.statusCode === 202) return true;
      if (answer.statusCode !== 429 && answer.statusCode !== 503)
        this.unexpectedAnswers.push(`${sent.id}: ${answer.statusCode} ${said.slice(0, 200)}`);
      return false;
    } catch {
      // The process is gone, or its answer: this one stays without acknowledgement.
      return false;
    }
  }

  #pool(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (!pool) {
      pool = new Pool(origin, {
        connections: this.#options.keys,
        pipelining: 1,
        headersTimeout: answerMsMax,
        bodyTimeout: answerMsMax,
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

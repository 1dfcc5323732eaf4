import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '@millrace/runtime';
import { sign } from '@millrace/sources';
import { SeededRandom } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compare } from '../../src/demonstration/compare.ts';
import { expectedOf } from '../../src/demonstration/expected.ts';
import { runDemonstration, type TriggerReading } from '../../src/demonstration/index.ts';
import { loadPayloads, type WebhookPayload } from '../../src/demonstration/payloads.ts';
import { countProblems, difference } from '../../src/demonstration/run.ts';
import { collected, faultless, payloads } from './support.ts';

/** A source that takes everything, with subscribers that record what they should: the world without an engine. */
class World {
  readonly secret = 's3cret';
  readonly recordsDir = mkdtempSync(join(tmpdir(), 'millrace-demonstration-'));
  readonly counts = new Map<string, TriggerReading>();
  readonly progress: string[] = [];
  /** Answers before the source takes anything. */
  refusals: ((response: ServerResponse) => void)[] = [];
  /** Kinds of deliveries that go wrong. */
  lose: (trigger: string, id: string) => boolean = () => false;
  url = '';
  readonly #kinds = new Map<string, WebhookPayload>();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  async start(): Promise<void> {
    for (const payload of loadPayloads('x')) this.#kinds.set(payload.id.slice(1), payload);
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/github/default/webhooks`;
    this.#record(faultless([]));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.recordsDir, { recursive: true });
  }

  run(clock: Clock = systemClock) {
    return runDemonstration({
      clock,
      random: new SeededRandom(9),
      sourceUrl: this.url,
      secret: this.secret,
      recordsDir: this.recordsDir,
      readTriggers: async () => [...this.counts.values()],
      progress: ({ phase, done, total }) => void this.progress.push(`${phase} ${done}/${total}`),
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const refusal = this.refusals.shift();
    if (refusal) return refusal(response);
    const id = String(request.headers['x-github-delivery']);
    const known = this.#kinds.get(id.slice(id.lastIndexOf('-')));
    const right = request.headers['x-hub-signature-256'] === sign(this.secret, body);
    if (!right || known?.kind !== request.headers['x-github-event'] || !body.equals(known?.body ?? Buffer.of())) {
      return void response.writeHead(400).end('bad');
    }
    const expectations = expectedOf([{ ...(known as WebhookPayload), id }]);
    for (const { trigger, ids, retried, end } of expectations) {
      const lost = [...ids].filter((each) => this.lose(trigger, each)).length;
      const count = this.counts.get(trigger) ?? {
        trigger,
        matched: 0,
        delivered: 0,
        retried: 0,
        deadLettered: 0,
        unsettled: 0,
      };
      this.counts.set(trigger, {
        ...count,
        matched: count.matched + ids.size,
        delivered: count.delivered + (end === 'delivered' ? ids.size - lost : 0),
        retried: count.retried + retried,
        deadLettered: count.deadLettered + (end === 'delivered' ? 0 : ids.size - lost),
      });
    }
    const records = faultless(expectations).filter((record) => record.id.startsWith(id));
    this.#record(records.filter((record) => !this.lose(record.trigger, record.id)));
    response.writeHead(202).end('accepted');
  }

  #record(records: readonly object[]): void {
    const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    appendFileSync(join(this.recordsDir, 'world.ndjson'), lines);
  }
}

/** The system's clock, so many times as fast; but the limits of requests, which are real ones, stay as they are. */
const requestMs = 5_000;

function hurried(times: number): Clock {
  return {
    now: () => systemClock.now() * times,
    monotonic: () => systemClock.monotonic() * times,
    setTimer: (delayMs, callback, options) =>
      systemClock.setTimer(delayMs < requestMs ? delayMs / times : delayMs, callback, options),
  };
}

let world: World;
beforeEach(async () => {
  world = new World();
  await world.start();
});
afterEach(() => world.close());

describe('a demonstration', () => {
  it('in which all goes well: ok, with the sums of all payloads', async () => {
    const total = loadPayloads('x').length;
    const expectations = expectedOf(loadPayloads('x'));
    const count = (end: string) =>
      expectations.filter((each) => each.end === end).reduce((sum, { ids }) => sum + ids.size, 0);
    const retried = expectations.reduce((sum, each) => sum + each.retried, 0);
    const result = await world.run();
    expect(result.problems).toEqual([]);
    expect(result).toMatchObject({ ok: true, accepted: total });
    expect(result.summary).toBe(
      `demonstration: ${total} events accepted, ${count('delivered')} delivered, ${retried} retried, ` +
        `${count('dead-lettered')} dead-lettered, 0 lost, 0 unexpected`,
    );
    expect(result.table.split('\n')).toHaveLength(expectations.length + 2);
    expect(result.notes).toEqual(['beside these, from the sources driven by the clock: 1 heartbeats, 1 reports']);
    expect(world.progress).toContain(`posting ${total}/${total}`);
    const ends = count('delivered') + count('dead-lettered');
    expect(world.progress.at(-1)).toBe(`delivering ${ends}/${ends}`);
  });

  it('waits out a source that answers 429 and 503', async () => {
    const busy = (statusCode: number) => (response: ServerResponse) =>
      void response.writeHead(statusCode, { 'retry-after': '0' }).end('busy');
    world.refusals = Array.from({ length: 50 }, (_, index) => busy(index % 2 === 0 ? 429 : 503));
    expect(await world.run()).toMatchObject({ ok: true });
  });

  it('is not ok when a payload is not accepted, and says what was answered', async () => {
    world.refusals = [(response) => void response.writeHead(502).end('{"error":"the sink is gone"}')];
    const result = await world.run();
    expect(result.ok).toBe(false);
    expect(result.problems.join('\n')).toMatch(
      /not accepted: run-\w+-\d{4} \(\w+\): 502 \{"error":"the sink is gone"\}/,
    );
  });

  it('is not ok when an event is lost: it waits for it, gives up, and names it', async () => {
    const index = loadPayloads('x').findIndex(({ kind }) => kind.endsWith('_comment')) + 1;
    const lost = `-${String(index).padStart(4, '0')}`;
    world.lose = (trigger, id) => trigger === 'comments' && id.endsWith(lost);
    const result = await world.run(hurried(100));
    expect(result.ok).toBe(false);
    expect(result.summary).toMatch(/ 1 lost, 0 unexpected$/);
    expect(result.problems).toEqual([expect.stringMatching(`^trigger comments: 1 lost .*${lost}$`)]);
  });
});

describe('what the engine counted', () => {
  const reading: TriggerReading = {
    trigger: 'comments',
    matched: 7,
    delivered: 5,
    retried: 3,
    deadLettered: 1,
    unsettled: 0,
    p50Ms: 1,
  };

  it('is the difference between two readings; a trigger that is new counts from 0', () => {
    const after = { ...reading, matched: 9, delivered: 7, p50Ms: 2 };
    expect(difference([reading], [after, { ...reading, trigger: 'new' }])).toEqual([
      { trigger: 'comments', matched: 2, delivered: 2, retried: 0, deadLettered: 0, p50Ms: 2 },
      { trigger: 'new', matched: 7, delivered: 5, retried: 3, deadLettered: 1, p50Ms: 1 },
    ]);
  });

  it('has to agree with the records; a retry more is an attempt that reached nobody', () => {
    const records = collected();
    const comparison = compare(expectedOf(payloads), records);
    const rows = comparison.triggers.map(({ trigger, expected, delivered, retried, deadLettered }) => ({
      trigger,
      matched: expected,
      delivered,
      retried,
      deadLettered,
    }));
    expect(countProblems(comparison, rows)).toEqual([]);
    const with1 = (change: Partial<TriggerReading>) =>
      countProblems(
        comparison,
        rows.map((row) => (row.trigger === 'checks' ? { ...row, ...change } : row)),
      );
    expect(with1({ retried: 3 })).toEqual([]);
    expect(with1({ retried: 1 })).toEqual(['trigger checks: the engine counts 1 retried, records say 2']);
    expect(with1({ matched: 2 })).toEqual(['trigger checks: the engine counts 2 matched, records say 1']);
    expect(with1({ delivered: 0 })).toEqual(['trigger checks: the engine counts 0 delivered, records say 1']);
    expect(with1({ deadLettered: 1 })).toEqual(['trigger checks: the engine counts 1 dead-lettered, records say 0']);
    expect(countProblems(comparison, rows.slice(1))).toEqual(['trigger everything: the engine does not know it']);
  });
});

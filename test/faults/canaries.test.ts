/**
 * Canaries of the fault tests: a relay in the place of an installation that acknowledges and delivers, and is told to break one promise. An honest
 * one passes, every other one must be found out; else the fault tests would prove nothing.
 */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { judge } from './support/judge.ts';
import type { Sent } from './support/ledger.ts';
import { maxInFlight, subscribers, Trial } from './support/trial.ts';

/** What is done with one event on its way to one subscriber. */
type Way = (path: string, id: string, number: number, deliver: (id: string) => Promise<void>) => Promise<void>;

class Relay {
  readonly #way: Way;
  #server: Server | undefined;
  #pool: Pool | undefined;
  /** The end of the delivery before, for each path and key: an honest relay keeps order. */
  readonly #lanes = new Map<string, Promise<void>>();

  constructor(way: Way) {
    this.#way = way;
  }

  async start(sinkUrl: string): Promise<string> {
    this.#pool = new Pool(sinkUrl, { connections: 64 });
    const server = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        this.#relay(request.headers);
        response.writeHead(202).end();
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
    await this.#pool?.destroy();
  }

  #relay(headers: IncomingHttpHeaders): void {
    const id = String(headers['ce-id']);
    const number = Number(id.split('-').at(-1));
    for (const { path, wants } of subscribers) {
      if (!wants(number)) continue;
      const lane = `${path} ${headers['ce-partitionkey']}`;
      const turn = (this.#lanes.get(lane) ?? Promise.resolve()).then(() =>
        this.#way(path, id, number, (what) => this.#deliver(path, what)),
      );
      this.#lanes.set(lane, turn);
    }
  }

  async #deliver(path: string, id: string): Promise<void> {
    // The end of a test ends deliveries that are under way.
    const answer = await this.#pool?.request({ path, method: 'POST', headers: { 'ce-id': id } }).catch(() => undefined);
    await answer?.body.dump();
  }
}

const honest: Way = (_path, id, _number, deliver) => deliver(id);
let cleanUp: (() => Promise<void>) | undefined;
afterEach(async () => {
  await cleanUp?.();
  cleanUp = undefined;
});

/** A run of about a second with one fault in the middle of it. */
async function runWith(way: Way): Promise<ReturnType<Trial['conclude']>> {
  const relay = new Relay(way);
  let url = '';
  const trial = new Trial({
    name: 'canary',
    targets: () => [url],
    keys: 4,
    everyMs: 1,
    recoveryMs: 1_500,
    answerMs: 1,
    steadyEvents: 20,
    report: () => undefined,
  });
  url = await relay.start(await trial.sink.start());
  cleanUp = async () => {
    await trial.traffic.stop();
    await relay.stop();
    await trial.sink.stop();
  };
  await trial.flow();
  await trial.fault('nothing in particular', () => undefined);
  await trial.healed('nothing in particular');
  return trial.conclude({ acknowledgedMin: 20 });
}

describe('a fault test', () => {
  test('passes an honest relay', async () => {
    const verdict = await runWith(honest);
    expect(verdict.acknowledged).toBeGreaterThan(20);
  });

  test('finds an acknowledged event that one subscriber never gets', async () => {
    const lossy: Way = (path, id, number, deliver) =>
      path === '/unordered' && number === 3 ? Promise.resolve() : deliver(id);
    await expect(runWith(lossy)).rejects.toThrow(/missing: \/unordered .*-3/);
  });

  test('finds two events of one key in the wrong order', async () => {
    const swapping: Way = async (path, id, number, deliver) => {
      if (path === '/ordered' && number === 2) return;
      await deliver(id);
      if (path === '/ordered' && number === 3) await deliver(id.replace(/-3$/, '-2'));
    };
    await expect(runWith(swapping)).rejects.toThrow(/out of order: \/ordered .*-3 before .*-2/);
  });

  test('finds the next event of a key begun before the one before was answered', async () => {
    const hasty: Way = (path, id, _number, deliver) => {
      const delivery = deliver(id);
      return path === '/ordered' ? Promise.resolve() : delivery;
    };
    const trial = runWith(hasty);
    // Keys whose acknowledgement takes longer than a delivery are in order by luck: any one is enough.
    await expect(trial).rejects.toThrow(/out of order: \/ordered .* before/);
  });

  test(`finds more than ${maxInFlight} duplicates`, async () => {
    let more = maxInFlight + 1;
    const doubling: Way = async (path, id, _number, deliver) => {
      await deliver(id);
      if (path === '/unordered' && more-- > 0) await deliver(id);
    };
    await expect(runWith(doubling)).rejects.toThrow(/duplicates of \/unordered/);
  });

  test('finds an event delivered to a subscriber whose filter leaves it out', async () => {
    const open: Way = async (path, id, number, deliver) => {
      await deliver(id);
      if (path === '/even' && number === 2) await deliver(id.replace(/-2$/, '-1'));
    };
    await expect(runWith(open)).rejects.toThrow(/unexpected: \/even .*-1/);
  });
});

describe('the judge', () => {
  const sent = (key: string, number: number, acknowledged = true): [string, Sent] => [
    `${key}-${number}`,
    { id: `${key}-${number}`, key, number, sentMs: 0, ...(acknowledged ? { acknowledgedMs: 1 } : {}) },
  ];
  const only = [{ path: '/a', ordered: true, wants: () => true }];

  test('an event without acknowledgement may arrive, late or not at all, and is counted', () => {
    const ledger = new Map([sent('k', 0), sent('k', 1, false), sent('k', 2), sent('k', 3, false)]);
    const verdict = judge(ledger, only, [
      { path: '/a', id: 'k-0', began: 0, beganMs: 0, answered: 1 },
      { path: '/a', id: 'k-2', began: 2, beganMs: 0, answered: 3 },
      { path: '/a', id: 'k-1', began: 4, beganMs: 0, answered: 5 },
    ]);
    expect(verdict).toMatchObject({ acknowledged: 2, sent: 4, lost: [], disorder: [], unexpected: [], recovered: 1 });
  });

  test('a delivery that was begun and never answered is no delivery', () => {
    const verdict = judge(new Map([sent('k', 0)]), only, [{ path: '/a', id: 'k-0', began: 0, beganMs: 0 }]);
    expect(verdict.lost).toEqual(['/a k-0']);
  });

  test('duplicates are counted for the fault they came after', () => {
    const delivery = (beganMs: number) => ({ path: '/a', id: 'k-0', began: beganMs, beganMs, answered: beganMs + 1 });
    const faults = [
      { what: 'first', atMs: 10 },
      { what: 'second', atMs: 20 },
    ];
    const verdict = judge(new Map([sent('k', 0)]), only, [0, 2, 12, 14, 30].map(delivery), faults);
    expect(verdict.duplicates.map(({ after, byPath }) => [after, byPath.get('/a') ?? 0])).toEqual([
      ['the start', 1],
      ['first', 2],
      ['second', 1],
    ]);
  });

  test('an event that nobody sent is unexpected', () => {
    const verdict = judge(new Map(), only, [{ path: '/a', id: 'x-0', began: 0, beganMs: 0, answered: 1 }]);
    expect(verdict.unexpected).toEqual(['/a x-0']);
  });
});

/**
 * Sequences and Parallels of the real process, changed while events are on their way: what was acknowledged arrives, whatever
 * becomes of the steps and branches meanwhile. The same on every log: files of tests say on which.
 */
import { waitFor } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Api, addressOf, apiVersionOf, conditionOf, type Json } from '../conformance/support/api.ts';
import type { Shared } from '../servers/shared.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { sendNumbered } from '../support/sending.ts';
import { judge } from './ledger.ts';
import { Subscribers } from './subscribers.ts';

const events = 2_000;
const drainedMsMax = 60_000;
const namespace = 'default';

/** Registers the tests: on a server, or on the log in the data directory. */
export function flowTests(log: string, on?: Shared<{ readonly url: string }>): void {
  const folder = temporaryFolder();
  const subscribers = new Subscribers();
  let server: Server;
  let api: Api;
  const say = (text: string) => process.stdout.write(`flows on ${log}, ${text}\n`);

  const start = async (): Promise<void> => {
    server = await startServer(['--quiet', ...(on ? ['--log', on().url] : [])], `${folder.path}/data`);
    api = new Api(server.apiUrl);
  };

  const begin = async (): Promise<void> => {
    await subscribers.start();
    await start();
  };
  if (on) on.prepare(begin);
  else beforeAll(begin);

  afterAll(async () => {
    server?.kill('SIGKILL');
    await server?.exited;
    await subscribers.stop();
    folder.remove();
  });

  const make = async (kind: 'Sequence' | 'Parallel', name: string, spec: Json): Promise<string> => {
    await api.make({ apiVersion: apiVersionOf(kind), kind, metadata: { name, namespace }, spec });
    return addressOf(await api.ready(kind, namespace, name));
  };

  const patch = (kind: 'Sequence' | 'Parallel', name: string, spec: Json) =>
    api.change(kind, namespace, name, { spec });

  const arrived = (name: string, count: number) =>
    waitFor(`${count} events at ${name}`, () => subscribers.of(name).size >= count, {
      timeoutMs: drainedMsMax,
      everyMs: 10,
    });

  const isThere = async (kind: string, name: string): Promise<boolean> =>
    (await api.get(kind, namespace, name)).code === 200;

  const gone = (...children: readonly (readonly [kind: string, name: string])[]) =>
    waitFor(
      `${children.map(([kind, name]) => `${kind} ${name}`).join(', ')} are gone`,
      async () => (await Promise.all(children.map(([kind, name]) => isThere(kind, name)))).every((found) => !found),
      { timeoutMs: drainedMsMax, everyMs: 100 },
    );

  const bothGone = (...names: readonly string[]) =>
    gone(...names.flatMap((name) => [['LogChannel', name] as const, ['Subscription', name] as const]));

  /** Waits until all that was acknowledged is at an end, and says what is missing when it is not. */
  async function complete(end: string, wanted: ReadonlySet<string>): Promise<string> {
    await waitFor(`all of ${wanted.size} at ${end}`, () => judge(wanted, subscribers.counts(end)).lost.length === 0, {
      timeoutMs: drainedMsMax,
      everyMs: 50,
    }).catch(() => undefined);
    const { lost, duplicates } = judge(wanted, subscribers.counts(end));
    expect(lost).toEqual([]);
    return `${wanted.size} acknowledged, 0 lost, ${duplicates} came twice`;
  }

  test('5.4: three steps that append: the reply gets data-step1-step2-step3', async () => {
    const steps = ['step1', 'step2', 'step3'].map((name) => subscribers.appending(name));
    const url = await make('Sequence', 'three', { steps, reply: subscribers.end('three-end') });
    const { acknowledged, done } = sendNumbered(url, 'three', 100);
    await done;
    await complete('three-end', acknowledged);
    for (const [id, [data]] of subscribers.of('three-end')) expect(data).toBe(`${id}>step1>step2>step3`);
  });

  test('5.5: each branch gets what its filter lets through, and answers where it is told', async () => {
    const isEven = ({ id }: { readonly id: string }) => Number(id.split('-').at(-1)) % 2 === 0;
    const branches = [
      {
        filter: subscribers.filtering('even', isEven),
        subscriber: subscribers.appending('evens'),
        reply: subscribers.end('even-end'),
      },
      { filter: subscribers.filtering('odd', (one) => !isEven(one)), subscriber: subscribers.appending('odds') },
      { subscriber: subscribers.appending('all') },
    ];
    const url = await make('Parallel', 'branches', { branches, reply: subscribers.end('other-end') });
    const { acknowledged, done } = sendNumbered(url, 'branch', 200);
    await done;
    const even = new Set([...acknowledged].filter((id) => isEven({ id })));
    await complete('even-end', even);
    await complete('other-end', acknowledged);
    await waitFor('odd events came twice', () => sum(subscribers.counts('other-end')) >= 300);
    expect([...subscribers.of('even-end').keys()].every((id) => even.has(id))).toBe(true);
    expect(sum(subscribers.counts('other-end'))).toBe(300);
  });

  test(`steps are changed, removed and put in while ${events} events are on their way: nothing is lost`, async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => subscribers.appending(name, 5));
    const [b2, d, e] = ['b2', 'd', 'e'].map((name) => subscribers.appending(name, 5));
    const url = await make('Sequence', 'moving', { steps: [a, b, c], reply: subscribers.end('moving-end') });
    const { acknowledged, done } = sendNumbered(url, 'moving', events);
    await arrived('moving-end', 100);
    await patch('Sequence', 'moving', { steps: [a, b2, c] });
    await arrived('moving-end', 400);
    await patch('Sequence', 'moving', { steps: [a, c] });
    await arrived('moving-end', 700);
    await patch('Sequence', 'moving', { steps: [d] });
    await arrived('moving-end', 1_000);
    await patch('Sequence', 'moving', { steps: [d, e, c], reply: subscribers.end('moving-end-2') });
    await done;
    expect(acknowledged.size).toBe(events);
    // However quick the log is, some come after the last change.
    await api.ready('Sequence', namespace, 'moving');
    const late = sendNumbered(url, 'late', 50);
    await late.done;
    for (const id of late.acknowledged) acknowledged.add(id);
    // Both ends together.
    await waitFor('all events are at one of the ends', () => judge(acknowledged, bothEnds()).lost.length === 0, {
      timeoutMs: drainedMsMax,
      everyMs: 50,
    }).catch(() => undefined);
    const { lost, duplicates } = judge(acknowledged, bothEnds());
    say(`steps changed: ${acknowledged.size} acknowledged, ${lost.length} lost, ${duplicates} came twice`);
    expect(lost).toEqual([]);
    // It was changed while events were on their way, or this proves nothing: some went each of the ways.
    const ways = new Set(
      [...subscribers.of('moving-end').values(), ...subscribers.of('moving-end-2').values()]
        .flat()
        .map((data) => data.slice(data.indexOf('>'))),
    );
    expect([...ways]).toEqual(expect.arrayContaining(['>a>b>c', '>a>b2>c', '>a>c', '>d', '>d>e>c']));
  });

  const bothEnds = (): ReadonlyMap<string, number> => {
    const counts = new Map(subscribers.counts('moving-end'));
    for (const [id, count] of subscribers.counts('moving-end-2')) counts.set(id, (counts.get(id) ?? 0) + count);
    return counts;
  };

  test('a removed step that is slow is drained first: the condition says so, and the children go after it', async () => {
    const [quick, slow] = [subscribers.appending('quick'), subscribers.appending('slow', 400)];
    const url = await make('Sequence', 'slowly', { steps: [quick, slow], reply: subscribers.end('slowly-end') });
    const { acknowledged, done } = sendNumbered(url, 'slowly', 600);
    await done;
    await arrived('quick', 600);
    await patch('Sequence', 'slowly', { steps: [quick] });
    const drained = (wanted: string) =>
      api.until(
        'Sequence',
        namespace,
        'slowly',
        `RemovedDrained is ${wanted}`,
        (thing) => conditionOf(thing, 'RemovedDrained')?.status === wanted,
      );
    const draining = await drained('False');
    expect(conditionOf(draining, 'RemovedDrained')?.message).toContain('slowly-kn-sequence-1');
    expect(draining.status?.['draining']).toMatchObject([{ subscription: 'slowly-kn-sequence-1' }]);
    expect(judge(acknowledged, subscribers.counts('slowly-end')).lost).not.toEqual([]);
    await complete('slowly-end', acknowledged);
    await bothGone('slowly-kn-sequence-1');
    expect((await drained('True')).status).not.toHaveProperty('draining');
    for (const [id, [data]] of subscribers.of('slowly-end')) expect(data).toBe(`${id}>quick>slow`);
  });

  test('a branch is removed while events are on their way: what came before arrives at it, the others do not notice', async () => {
    const branches = [
      { subscriber: subscribers.end('stays') },
      { subscriber: subscribers.appending('goes', 200), reply: subscribers.end('goes-end') },
    ];
    const url = await make('Parallel', 'shrinking', { branches });
    const { acknowledged, done } = sendNumbered(url, 'shrinking', events);
    await waitFor('half of it is acknowledged', () => acknowledged.size >= events / 2, { everyMs: 5 });
    const before = new Set(acknowledged);
    await patch('Parallel', 'shrinking', { branches: branches.slice(0, 1) });
    // It is removed while most of that still waits, or this proves nothing.
    expect(subscribers.of('goes-end').size).toBeLessThan(events / 2);
    await done;
    await complete('stays', acknowledged);
    say(`branch removed: ${await complete('goes-end', before)}`);
    await bothGone('shrinking-kn-parallel-1');
    await gone(['Subscription', 'shrinking-kn-parallel-filter-1']);
  });

  test('kill -9 while a removed step is drained: what was acknowledged arrives, and the children go', async () => {
    const [first, second] = [subscribers.appending('first'), subscribers.appending('second', 300)];
    const url = await make('Sequence', 'crashing', { steps: [first, second], reply: subscribers.end('crashing-end') });
    const { acknowledged, done } = sendNumbered(url, 'crashing', 500);
    await done;
    await patch('Sequence', 'crashing', { steps: [first] });
    await arrived('crashing-end', 50);
    server.kill('SIGKILL');
    await server.exited;
    await start();
    say(`kill -9: ${await complete('crashing-end', acknowledged)}`);
    await bothGone('crashing-kn-sequence-1');
  });

  test('deleting a flow takes its children along, and their addresses', async () => {
    const url = await make('Sequence', 'short', { steps: [subscribers.end('short')] });
    const { code } = await api.remove('Sequence', namespace, 'short');
    expect(code).toBe(200);
    await bothGone('short-kn-sequence-0');
    await waitFor('its address is gone', async () => (await fetch(url, { method: 'POST' })).status !== 202);
  });
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** A log with three replicas, whose stream's leader is killed with -9. */
import type { JetStreamBacking } from '@millrace/api';
import { connectNats, systemClock, systemRandom } from '@millrace/runtime';
import { waitFor } from '@millrace/testkit';
import { expect, it } from 'vitest';
import { sharedNatsCluster } from '../../../../../test/servers/index.ts';
import type { AppendOutcome } from '../../../src/log/log.ts';
import { cursor, idOf, idsIn, newRecord, plenty } from '../contract-world.ts';
import { startProcess } from './world.ts';

const nats = sharedNatsCluster(3);

interface WithLeader {
  readonly cluster?: { readonly leader?: string };
}

/** Name of the node that leads the stream, as the servers' own monitoring has it. */
async function leaderOf(stream: string): Promise<string> {
  for (const node of nats().nodes) {
    const answer = await fetch(`${node.monitorUrl}/jsz?streams=true&leader-only=false`).catch(() => undefined);
    const jsz = (await answer?.json()) as {
      account_details?: { stream_detail?: (WithLeader & { name: string })[] }[];
    };
    const details = jsz?.account_details?.flatMap((account) => account.stream_detail ?? []) ?? [];
    const leader = details.find(({ name }) => name === stream)?.cluster?.leader;
    if (leader !== undefined && leader !== '') return leader;
  }
  throw new Error(`nobody leads ${stream}`);
}

it('L1, L4: nothing acknowledged is lost, nothing is stored twice, and it goes on within 30 s', async () => {
  const servers = nats().nodes.map(({ url }) => url);
  const backing: JetStreamBacking = {
    kind: 'jetstream',
    cluster: { servers },
    stream: 'KN_NS__CLUSTER',
    subject: 'ns.cluster._knative',
    owned: true,
    replicas: 3,
    streamConfig: {},
  };
  const { store } = startProcess({ servers });
  const log = await store.open('cluster', plenty, backing);
  const acknowledged: string[] = [];
  const failures: AppendOutcome[] = [];
  const all: Promise<unknown>[] = [];
  let [stop, committed] = [false, 0];
  const feed = (async () => {
    for (let step = 1; !stop; step += 1) {
      const records = step % 3 === 0 ? [newRecord(200), newRecord(200)] : [newRecord(200)];
      all.push(
        log.append(records).then((outcome) => {
          if (outcome.kind === 'appended') acknowledged.push(...records.map(idOf));
          else failures.push(outcome);
        }),
        log
          .commit({ put: [cursor('a', 0, step)], remove: [], readUpTo: [{ partition: 0, offset: step }] })
          .then((o) => {
            if (o.kind === 'committed') committed = step;
          }),
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  await waitFor('events are acknowledged', () => acknowledged.length > 50);
  const leader = await leaderOf(backing.stream);
  const node = nats().nodes.find(({ name }) => name === leader)!;
  await node.kill();
  const before = acknowledged.length;
  await waitFor('events are acknowledged without it', () => acknowledged.length > before + 100, { timeoutMs: 30_000 });
  await node.restart();
  await waitFor('and with it', () => acknowledged.length > before + 300, { timeoutMs: 30_000 });
  stop = true;
  await feed;
  await Promise.all(all);
  expect(failures).toEqual([]);
  expect(await idsIn(log)).toEqual([...acknowledged].sort());
  // It may be asked of the node that is just back, and that does not answer yet: whoever loads cursors asks again.
  const stored = await waitFor('cursors can be loaded', () => log.loadCursors([]).catch(() => undefined), {
    timeoutMs: 30_000,
  });
  expect(stored).toMatchObject({ readUpTo: [{ partition: 0, offset: committed }] });
  await store.close();
}, 120_000);

it('one of three connections away: the client is told which servers there are, and goes to another', async () => {
  const [first] = nats().nodes;
  const connected = await connectNats({ servers: [first!.url] }, { clock: systemClock, random: systemRandom });
  if (connected.kind === 'failed') throw new Error(connected.reason);
  const { client } = connected;
  expect(client.server).toMatchObject({ cluster: 'millrace', clusterSize: 3, jetStream: true });
  await first!.kill();
  await waitFor('it is connected again', () => client.connected, { timeoutMs: 15_000 });
  await waitFor('it is answered', async () => (await client.stream('KN_NS__CLUSTER')).kind === 'ok', {
    timeoutMs: 15_000,
  });
  await client.close();
  await first!.restart();
}, 60_000);

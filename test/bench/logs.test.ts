/** The logs of other servers on a small scale: what cannot be had on a machine is named, and nothing else is missing. */
import { expect, test } from 'vitest';
import { measureLogs, resultOf } from '../../bench/scenarios/logs.ts';
import { silence } from '../../bench/support/progress.ts';
import { kafkaServers, natsServers } from '../servers/index.ts';

test('a hop on each log that is there, and a backlog on Kafka', { timeout: 900_000 }, async () => {
  silence();
  const there = (await Promise.all([kafkaServers(), natsServers()])).map(({ kind }) => kind === 'available');
  const names = ['Kafka', 'JetStream'].filter((_, index) => there[index]);
  const figures = await measureLogs({ rounds: 1, events: 100, warmUpEvents: 50 }, 200);
  const { sides, servers, backlog, absent } = figures;
  expect(sides.map(({ side }) => side)).toEqual(['local log', ...names]);
  for (const { side, closed } of sides) expect(closed[0], side).toMatchObject({ acknowledged: 100, lost: 0 });
  expect(servers.map(({ name }) => name)).toEqual(names);
  expect(backlog.map(({ acknowledged, lost }) => [acknowledged, lost])).toEqual(there[0] ? [[200, 0]] : []);
  expect(absent).toHaveLength(2 - names.length);
  const verified = resultOf(figures).checks.filter(({ kind }) => kind === 'verified');
  expect(verified.every(({ holds }) => holds)).toBe(true);
});

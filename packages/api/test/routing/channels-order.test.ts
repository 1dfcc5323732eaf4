/** A10 with channels: the order in which objects come decides nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../../src/resource.ts';
import { buildRoutingTable, equalTables, type InstallationLog } from '../../src/routing/index.ts';
import { apiVersionOf, kafkaLog, natsLog, stored, subscription } from './messaging.ts';

describe('R2: "the same resources in any order give an equal table", channels among them', () => {
  const kind = fc.constantFrom('LogChannel', 'InMemoryChannel', 'KafkaChannel', 'NatsJetStreamChannel');
  const channelNames = fc.constantFrom('a', 'b', 'c');
  const channels = fc.record({ kind, name: channelNames, createdAt: fc.constantFrom('2026-01-01', '2026-01-02') });
  const subscriptions = fc.record({
    name: fc.constantFrom('s1', 's2', 's3', 's4', 's5', 's6'),
    kind: fc.oneof(kind, fc.constant('Channel')),
    channel: channelNames,
    replyTo: fc.option(channelNames, { nil: undefined }),
    start: fc.constantFrom('latest', 'earliest'),
  });
  const world = fc.record({
    channels: fc.uniqueArray(channels, { selector: (made) => `${made.kind}/${made.name}`, maxLength: 8 }),
    generic: fc.uniqueArray(fc.record({ kind, name: channelNames }), { selector: ({ name }) => name, maxLength: 3 }),
    subscriptions: fc.uniqueArray(subscriptions, { selector: ({ name }) => name, maxLength: 6 }),
  });
  const url = (name: string) => `http://localhost:8080/channels/default/${name}`;
  const resources = world.map((made): Resource[] => [
    ...made.channels.map((each) =>
      stored(each.kind, each.name, {
        metadata: { creationTimestamp: `${each.createdAt}T00:00:00Z` },
        status: { address: { url: url(each.name) } },
        spec: { subscribers: [{ uid: `by-hand-${each.kind}-${each.name}`, subscriberUri: 'http://e/' }] },
      }),
    ),
    ...made.generic.map(({ kind: backing, name }) =>
      stored('Channel', name, {
        status: { channel: { apiVersion: apiVersionOf(backing), kind: backing, name, namespace: 'default' } },
      }),
    ),
    ...made.subscriptions.map(({ name, kind: of, channel, replyTo, start }) =>
      subscription(
        name,
        channel,
        {
          annotations: { 'millrace.dev/start': start },
          ...(replyTo === undefined
            ? {}
            : { spec: { reply: { uri: url(replyTo) } }, status: { replyUri: url(replyTo) } }),
        },
        of,
      ),
    ),
  ]);
  const shuffled = resources.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );

  it.each<[string, InstallationLog]>([
    ['local', { kind: 'local' }],
    ['kafka', kafkaLog],
    ['jetstream', natsLog],
  ])('on %s', (_name, installationLog) => {
    const options = { installationLog };
    let linked = 0;
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const before = structuredClone(list);
        const table = buildRoutingTable(list, options);
        expect(buildRoutingTable(other, options)).toEqual(table);
        expect(equalTables(buildRoutingTable(other, options), table)).toBe(true);
        expect(list).toEqual(before);
        const paths = table.logs.map(({ path }) => path).filter((path) => path !== '');
        expect(new Set(paths).size).toBe(paths.length);
        const all = table.logs.flatMap((log) => log.subscriptions);
        expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
        const uids = new Set(table.logs.map(({ uid }) => uid));
        for (const { replyLogUid } of all) {
          if (replyLogUid === undefined) continue;
          linked += 1;
          expect(uids.has(replyLogUid)).toBe(true);
        }
      }),
      { numRuns: 200, seed: 4 },
    );
    expect(linked).toBeGreaterThan(3);
  });
});

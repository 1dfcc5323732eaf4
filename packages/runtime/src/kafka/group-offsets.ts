/** What groups have stored: offsets with a text each, of groups that have no members, or as one of the members. */
import { offsetCommitV8, offsetDeleteV0, offsetFetchV8 } from '@platformatic/kafka';
import type { Cluster } from './cluster.ts';
import { asKafkaError } from './errors.ts';
import type { OffsetToCommit, StoredOffset } from './port.ts';

/** In a group without members nobody has a generation. */
const noMember = { generation: -1, memberId: '' };

/** Groups asked for in one request. */
const groupsInOne = 100;

export async function fetchOffsets(
  cluster: Cluster,
  groups: readonly string[],
  topic: string,
  partitions: readonly number[],
): Promise<StoredOffset[]> {
  const byNode = new Map<number, string[]>();
  for (const group of groups) {
    const node = await cluster.retrying(`group ${group}`, () => cluster.coordinatorOf(group));
    byNode.set(node, [...(byNode.get(node) ?? []), group]);
  }
  const stored: StoredOffset[] = [];
  for (const ofNode of byNode.values()) {
    for (let at = 0; at < ofNode.length; at += groupsInOne) {
      stored.push(...(await fetchSome(cluster, ofNode.slice(at, at + groupsInOne), topic, partitions)));
    }
  }
  return stored;
}

async function fetchSome(
  cluster: Cluster,
  groups: readonly string[],
  topic: string,
  partitions: readonly number[],
): Promise<StoredOffset[]> {
  const [first] = groups;
  if (first === undefined) return [];
  const topics = [{ name: topic, partitionIndexes: [...partitions] }];
  const wanted = groups.map((groupId) => ({ groupId, memberEpoch: -1, topics }));
  const response = await cluster.retrying(`the offsets of ${groups.length} groups`, async () => {
    try {
      return await cluster.toCoordinator('requests', first, offsetFetchV8.api, wanted, true);
    } catch (error) {
      // A coordinator that moved is found again for each of them.
      for (const group of groups.slice(1)) await cluster.coordinatorOf(group).catch(() => {});
      throw error;
    }
  });
  return response.groups.flatMap(({ groupId, topics: found }) =>
    found.flatMap((one) =>
      one.partitions
        .filter(({ committedOffset }) => committedOffset >= 0n)
        .map(({ partitionIndex, committedOffset, metadata }) => ({
          group: groupId,
          partition: partitionIndex,
          offset: Number(committedOffset),
          metadata: metadata ?? '',
        })),
    ),
  );
}

export async function commitOffsets(
  cluster: Cluster,
  group: string,
  topic: string,
  offsets: readonly OffsetToCommit[],
  member = noMember,
): Promise<void> {
  const partitions = offsets.map(({ partition, offset, metadata }) => ({
    partitionIndex: partition,
    committedOffset: BigInt(offset),
    committedLeaderEpoch: -1,
    committedMetadata: metadata,
  }));
  const { generation, memberId } = member;
  const send = () =>
    cluster.toCoordinator('requests', group, offsetCommitV8.api, group, generation, memberId, null, [
      { name: topic, partitions },
    ]);
  await cluster.retrying(`storing the offsets of group ${group}`, send);
}

const nothingThere = new Set(['GROUP_ID_NOT_FOUND', 'UNKNOWN_TOPIC_OR_PARTITION']);

export async function deleteOffsets(
  cluster: Cluster,
  group: string,
  topic: string,
  partitions: readonly number[],
): Promise<void> {
  const topics = [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }];
  const what = `removing the offsets of group ${group}`;
  await cluster.retrying(what, async () => {
    try {
      await cluster.toCoordinator('requests', group, offsetDeleteV0.api, group, topics);
    } catch (thrown) {
      const error = asKafkaError(thrown, what);
      if (!nothingThere.has(error.code)) throw error;
    }
  });
}

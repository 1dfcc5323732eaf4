/** What groups have stored: offsets with a text each, of groups that have no members, or as one of the members. */
import { offsetCommitV8, offsetDeleteV0, offsetFetchV8 } from '@platformatic/kafka';
import { type Cluster, groupsInOne } from './cluster.ts';
import { asKafkaError } from './errors.ts';
import type { OffsetToCommit, StoredOffset } from './port.ts';

/** In a group without members nobody has a generation. */
const noMember = { generation: -1, memberId: '' };

export function fetchOffsets(
  cluster: Cluster,
  groups: readonly string[],
  topic: string,
  partitions: readonly number[],
): Promise<StoredOffset[]> {
  return cluster.retrying(`the offsets of ${groups.length} groups`, async () => {
    try {
      const nodes = await cluster.coordinatorsOf(groups);
      const stored: StoredOffset[] = [];
      for (const [node, ofNode] of Map.groupBy(groups, (group) => nodes.get(group) ?? -1)) {
        for (let at = 0; at < ofNode.length; at += groupsInOne) {
          stored.push(...(await fetchSome(cluster, node, ofNode.slice(at, at + groupsInOne), topic, partitions)));
        }
      }
      return stored;
    } catch (error) {
      cluster.forgetCoordinators(groups); // Which of them moved is not said.
      throw error;
    }
  });
}

async function fetchSome(
  cluster: Cluster,
  node: number,
  groups: readonly string[],
  topic: string,
  partitions: readonly number[],
): Promise<StoredOffset[]> {
  const topics = [{ name: topic, partitionIndexes: [...partitions] }];
  const wanted = groups.map((groupId) => ({ groupId, memberEpoch: -1, topics }));
  const response = await cluster.send('requests', node, offsetFetchV8.api, wanted, true);
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

/** Fetching records and finding offsets, from whichever node leads a partition. */
import { listOffsetsV7 } from '@platformatic/kafka';
import type { Cluster } from './cluster.ts';
import { answered, asKafkaError, errorName, failure, isPassing, type KafkaError } from './errors.ts';
import type { FetchedPartition, FetchRequest, FetchWanted, OffsetTime } from './port.ts';
import { type FetchedPart, fetchApi } from './wire/requests.ts';

/**
 * One round: every leader is asked once, at the same time. A partition whose leader is not known, or whose node does not
 * answer, comes with an error.
 */
export async function fetchOnce(cluster: Cluster, request: FetchRequest): Promise<FetchedPartition[]> {
  const failed: FetchedPartition[] = [];
  const byNode = new Map<number, FetchWanted[]>();
  for (const wanted of request.partitions) {
    try {
      const leader =
        cluster.knownLeader(wanted.topic, wanted.partition) ?? (await cluster.leaderOf(wanted.topic, wanted.partition));
      const ofNode = byNode.get(leader);
      if (ofNode === undefined) byNode.set(leader, [wanted]);
      else ofNode.push(wanted);
    } catch (thrown) {
      failed.push(withError(wanted, asKafkaError(thrown, whatOf(wanted))));
    }
  }
  const answers = await Promise.all([...byNode].map(([node, wanted]) => fetchFrom(cluster, request, node, wanted)));
  return failed.length === 0 && answers.length === 1 ? (answers[0] ?? []) : [...failed, ...answers.flat()];
}

async function fetchFrom(
  cluster: Cluster,
  request: FetchRequest,
  node: number,
  partitions: readonly FetchWanted[],
): Promise<FetchedPartition[]> {
  const lane = request.maxWaitMs === 0 ? 'reads' : request.committedOnly ? 'waits-committed' : 'waits';
  try {
    const fetched = await cluster.send(lane, node, fetchApi({ ...request, partitions }));
    return fetched.map((part) => fetchedOf(cluster, part));
  } catch (thrown) {
    return partitions.map((wanted) => {
      const error = asKafkaError(thrown, whatOf(wanted));
      cluster.noteError(wanted.topic, error.code);
      return withError(wanted, error);
    });
  }
}

function whatOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `reading partition ${partition} of ${topic}`;
}

function fetchedOf(cluster: Cluster, part: FetchedPart): FetchedPartition {
  const { error, ...rest } = part;
  if (error === 0) return rest;
  const code = errorName(error);
  cluster.noteError(part.topic, code);
  return { ...rest, error: failure(answered(code, whatOf(part))) };
}

function withError({ topic, partition, offset }: FetchWanted, error: KafkaError): FetchedPartition {
  return { topic, partition, error: failure(error), start: 0, end: 0, records: [], next: offset, bytes: 0 };
}

const timestamps = { earliest: -2n, latest: -1n };

/** By partition; -1 for a time behind the last record. */
export function listOffsets(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  at: OffsetTime,
  committedOnly: boolean,
): Promise<Map<number, number>> {
  const timestamp = typeof at === 'number' ? BigInt(Math.max(0, Math.floor(at))) : timestamps[at];
  const what = `the offsets of ${topic}`;
  const found = new Map<number, number>();
  return cluster.retrying(what, async () => {
    await cluster.partitionsOf(topic);
    const byNode = new Map<number, number[]>();
    for (const partition of partitions.filter((one) => !found.has(one))) {
      const leader = await cluster.leaderOf(topic, partition);
      byNode.set(leader, [...(byNode.get(leader) ?? []), partition]);
    }
    for (const [node, ofNode] of byNode) {
      const wanted = ofNode.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp }));
      try {
        const isolation = committedOnly ? 1 : 0;
        const response = await cluster.send('requests', node, listOffsetsV7.api, -1, isolation, [
          { name: topic, partitions: wanted },
        ]);
        for (const one of response.topics[0]?.partitions ?? []) found.set(one.partitionIndex, Number(one.offset));
      } catch (thrown) {
        const error = asKafkaError(thrown, what);
        if (isPassing(error.code)) cluster.forgetTopic(topic);
        throw error;
      }
    }
    return found;
  });
}

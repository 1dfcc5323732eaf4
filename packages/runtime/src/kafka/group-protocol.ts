/**
 * What members of a group tell each other through the broker, in Kafka's own form (consumer protocol), so that Kafka's tools
 * show who has what; and how the leader shares the partitions.
 *
 * S1. A partition stays with the member that has it, as long as that one has not more than its share.
 * S2. A partition that has to move is given to nobody in this round: its member gives it up in order and joins again without
 *     it, and the next round gives it to another one. So no partition is ever with two.
 *
 * Source: Kafka's documentation, ConsumerProtocolSubscription version 2 and ConsumerProtocolAssignment version 0.
 */
import { Reader, Writer } from '@platformatic/kafka';

/** The name of this way of sharing: members must agree on one. */
export const sharingProtocol = 'millrace-sticky';

export interface MemberClaim {
  readonly memberId: string;
  readonly owned: readonly number[];
  /** The round in which it got them; of two that claim the same the later one is right. */
  readonly generation: number;
}

export function encodeSubscription(topic: string, owned: readonly number[], generation: number): Buffer {
  return Writer.create()
    .appendInt16(2)
    .appendArray([topic], (w, name) => void w.appendString(name, false), false, false)
    .appendBytes(null, false)
    .appendArray(
      [topic],
      (w, name) =>
        void w.appendString(name, false).appendArray([...owned], (p, one) => void p.appendInt32(one), false, false),
      false,
      false,
    )
    .appendInt32(generation).buffer;
}

export function decodeSubscription(memberId: string, bytes: Buffer): MemberClaim {
  const reader = Reader.from(bytes);
  const version = reader.readInt16();
  reader.readArray(() => reader.readString(false), false, false);
  reader.readNullableBytes(false);
  if (version < 1) return { memberId, owned: [], generation: -1 };
  const owned: number[] = [];
  reader.readArray(
    () => {
      reader.readString(false);
      reader.readArray(() => void owned.push(reader.readInt32()), false, false);
    },
    false,
    false,
  );
  return { memberId, owned, generation: version < 2 ? -1 : reader.readInt32() };
}

export function encodeAssignment(topic: string, partitions: readonly number[]): Buffer {
  return Writer.create()
    .appendInt16(0)
    .appendArray(
      [topic],
      (w, name) =>
        void w
          .appendString(name, false)
          .appendArray([...partitions], (p, one) => void p.appendInt32(one), false, false),
      false,
      false,
    )
    .appendBytes(null, false).buffer;
}

export function decodeAssignment(bytes: Buffer): number[] {
  if (bytes.byteLength === 0) return [];
  const reader = Reader.from(bytes);
  reader.readInt16();
  const partitions: number[] = [];
  reader.readArray(
    () => {
      reader.readString(false);
      reader.readArray(() => void partitions.push(reader.readInt32()), false, false);
    },
    false,
    false,
  );
  return partitions;
}

/** Shares `count` partitions (S1, S2). */
export function shareOut(claims: readonly MemberClaim[], count: number): Map<string, number[]> {
  const holders = holdersOf(claims, count);
  const held = new Map(claims.map(({ memberId }) => [memberId, [] as number[]]));
  for (const [partition, memberId] of [...holders].sort((a, b) => a[0] - b[0])) held.get(memberId)?.push(partition);
  const members = [...held.keys()].sort(
    (a, b) => (held.get(b)?.length ?? 0) - (held.get(a)?.length ?? 0) || (a < b ? -1 : 1),
  );
  const least = Math.floor(count / members.length);
  let larger = count % members.length;
  const shares = new Map<string, { readonly kept: number[]; readonly quota: number }>();
  for (const memberId of members) {
    const quota = least + (larger > 0 ? 1 : 0);
    larger -= 1;
    shares.set(memberId, { kept: (held.get(memberId) ?? []).slice(0, quota), quota });
  }
  for (let partition = 0; partition < count; partition += 1) {
    if (holders.has(partition)) continue; // S2
    const next = members.find((memberId) => {
      const share = shares.get(memberId);
      return share !== undefined && share.kept.length < share.quota;
    });
    if (next !== undefined) shares.get(next)?.kept.push(partition);
  }
  return new Map(members.map((memberId) => [memberId, shares.get(memberId)?.kept ?? []]));
}

function holdersOf(claims: readonly MemberClaim[], count: number): Map<number, string> {
  const holders = new Map<number, string>();
  for (const { memberId, owned } of [...claims].sort((a, b) => a.generation - b.generation)) {
    for (const partition of owned) if (partition < count) holders.set(partition, memberId);
  }
  return holders;
}

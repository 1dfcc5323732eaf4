/** How the leader of a group shares the partitions (S1, S2), whatever members claim. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type MemberClaim,
  shareOut,
} from '../../src/kafka/group-protocol.ts';

const seed = 20_261_121;

/** Members that join and leave at random, with what each was given in the round before. */
const story = fc.record({
  count: fc.integer({ min: 1, max: 24 }),
  rounds: fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 12,
  }),
});

describe('sharing partitions', () => {
  it('S2: no partition is given to two, and none that another member has', () => {
    fc.assert(
      fc.property(story, ({ count, rounds }) => {
        let owned = new Map<string, readonly number[]>();
        rounds.forEach((members, generation) => {
          const claims: MemberClaim[] = members.map((member) => {
            const memberId = `m${member}`;
            return { memberId, owned: owned.get(memberId) ?? [], generation };
          });
          const shares = shareOut(claims, count);
          const given = [...shares.values()].flat();
          expect(new Set(given).size).toBe(given.length);
          for (const { memberId, owned: had } of claims) {
            for (const [other, share] of shares) {
              if (other !== memberId) expect(share.filter((one) => had.includes(one))).toEqual([]);
            }
          }
          owned = shares;
        });
      }),
      { seed, numRuns: 500 },
    );
  });

  it('with the same members, two rounds later everything is shared evenly, and nothing moves any more (S1)', () => {
    fc.assert(
      fc.property(story, ({ count, rounds }) => {
        let owned = new Map<string, readonly number[]>();
        const play = (members: readonly number[]) => {
          const claims = members.map((member) => ({
            memberId: `m${member}`,
            owned: owned.get(`m${member}`) ?? [],
            generation: 1,
          }));
          owned = shareOut(claims, count);
        };
        for (const members of rounds) play(members);
        const last = rounds.at(-1)!;
        play(last);
        play(last);
        const sizes = [...owned.values()].map((share) => share.length);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        const settled = owned;
        play(last);
        expect(owned).toEqual(settled);
      }),
      { seed, numRuns: 500 },
    );
  });

  it('of two that claim the same the later generation is right', () => {
    const shares = shareOut(
      [
        { memberId: 'old', owned: [0], generation: 3 },
        { memberId: 'new', owned: [0], generation: 4 },
      ],
      1,
    );
    expect(shares).toEqual(
      new Map([
        ['new', [0]],
        ['old', []],
      ]),
    );
  });

  it('what members tell each other comes back, and is in the form of Kafka’s own tools', () => {
    const claim = decodeSubscription('m', encodeSubscription('topic', [3, 1], 7));
    expect(claim).toEqual({ memberId: 'm', owned: [3, 1], generation: 7 });
    expect(decodeAssignment(encodeAssignment('topic', [0, 5]))).toEqual([0, 5]);
    expect(decodeAssignment(Buffer.alloc(0))).toEqual([]);
    // ConsumerProtocolAssignment version 0: version, one topic, its name, its partitions, no user data.
    expect(encodeAssignment('t', [1]).toString('hex')).toBe(
      '0000' + '00000001' + '000174' + '00000001' + '00000001' + 'ffffffff',
    );
  });
});
